#include "hash/fit.h"

#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/try.h"
#include "hash/fit_internal.h"
#include "hash/isohash.h"
#include "hash/itq.h"
#include "hash/limits.h"
#include "hash/moments.h"
#include "hash/pca.h"

namespace hashlens {
namespace {

struct NamedMethod {
  std::string_view name;
  FitMethod method;
};
constexpr std::array<NamedMethod, 4> kMethods = {{{"itq", FitMethod::kItq},
                                                  {"isohash", FitMethod::kIsoHash},
                                                  {"pca", FitMethod::kPca},
                                                  {"lsh", FitMethod::kLsh}}};

std::string_view MethodName(FitMethod method) {
  return std::find_if(kMethods.begin(), kMethods.end(),
                      [&](const auto& named) { return named.method == method; })
      ->name;
}

// Principal components need more rows than bits: after taking off the mean, n rows span n - 1
// directions.
Status CheckEnough(const FeatureSource& source, const HeadFitOptions& options) {
  const uint64_t rows = source.rows();
  if (options.method == FitMethod::kLsh) {
    return rows > 0 ? Status()
                    : InvalidArgument(
                          "a hash head needs at least 1 image, this library has 0: index some");
  }
  const uint64_t bits = static_cast<uint64_t>(options.bits);
  if (options.bits > source.dim()) {
    return InvalidArgument(std::string(MethodName(options.method)) +
                           " makes at most one bit of each dimension: " + std::to_string(bits) +
                           " bits were asked for, features have " + std::to_string(source.dim()) +
                           " dimensions");
  }
  if (rows > bits) return {};
  std::string message = std::to_string(bits) + " bits need more than " + std::to_string(bits) +
                        " images, this library has " + std::to_string(rows) + ": index more";
  if (rows > kMinBits) message += ", or choose --bits up to " + std::to_string(rows - 1);
  message += "; the method lsh works with any number";
  return InvalidArgument(std::move(message));
}

RowMatrix RandomHyperplanes(int bits, int dim, Random* random) {
  RowMatrix weights(bits, dim);
  for (Eigen::Index b = 0; b < bits; ++b) {
    for (Eigen::Index i = 0; i < dim; ++i) weights(b, i) = random->Normal();
    weights.row(b).normalize();
  }
  return weights;
}

Result<RowMatrix> FittedWeights(const FeatureSource& source, const HeadFitOptions& options,
                                Moments* moments, std::stop_token stop) {
  Random random(options.seed);
  if (options.method == FitMethod::kLsh)
    return RandomHyperplanes(options.bits, source.dim(), &random);
  HL_ASSIGN(const Components components, PrincipalComponents(moments, options.bits, &random));
  if (options.method == FitMethod::kPca) return components.basis;
  if (options.method == FitMethod::kIsoHash)
    return IsoHashWeights(components, options.iterations, &random, stop);
  return ItqWeights(source, moments->mean, components, options.iterations, &random, stop);
}

}  // namespace

Result<FitMethod> ParseFitMethod(std::string_view name) {
  std::string names;
  for (const NamedMethod& known : kMethods) {
    if (name == known.name) return known.method;
    if (!names.empty()) names += ", ";
    names += known.name;
  }
  return InvalidArgument("a hash head can be fitted by " + names + ", not by \"" +
                         std::string(name) + "\"");
}

Status CheckHeadOptions(int bits, int dim, int iterations) {
  if (bits < kMinBits || bits > kMaxBits) {
    return InvalidArgument("a code has " + std::to_string(kMinBits) + " to " +
                           std::to_string(kMaxBits) + " bits, not " + std::to_string(bits));
  }
  if (dim < 1 || dim > kMaxDim) {
    return InvalidArgument("a feature has 1 to " + std::to_string(kMaxDim) + " dimensions, not " +
                           std::to_string(dim));
  }
  if (iterations < 0) return InvalidArgument("the number of iterations can't be negative");
  return {};
}

HashHead CentredHead(std::string_view method, uint64_t seed, const RowMatrix& weights,
                     std::span<const float> mean) {
  HashHead head;
  head.method = method;
  head.bits = static_cast<int>(weights.rows());
  head.dim = static_cast<int>(weights.cols());
  head.seed = seed;
  head.mean.assign(mean.begin(), mean.end());
  head.weights.reserve(static_cast<size_t>(weights.size()));
  for (Eigen::Index b = 0; b < weights.rows(); ++b) {
    double at_mean = 0;
    for (Eigen::Index i = 0; i < weights.cols(); ++i) {
      const float weight = static_cast<float>(weights(b, i));
      head.weights.push_back(weight);
      at_mean += static_cast<double>(weight) * static_cast<double>(mean[static_cast<size_t>(i)]);
    }
    head.bias.push_back(static_cast<float>(-at_mean));
  }
  return head;
}

Result<HashHead> FitHead(const FeatureSource& source, const HeadFitOptions& options,
                         std::stop_token stop) {
  HL_TRY(CheckHeadOptions(options.bits, source.dim(), options.iterations));
  HL_TRY(CheckEnough(source, options));
  HL_ASSIGN(Moments moments, ComputeMoments(source, options.method != FitMethod::kLsh, stop));
  HL_ASSIGN(const RowMatrix weights, FittedWeights(source, options, &moments, stop));
  const std::vector<float> mean(moments.mean.begin(), moments.mean.end());
  return CentredHead(MethodName(options.method), options.seed, weights, mean);
}

}  // namespace hashlens
