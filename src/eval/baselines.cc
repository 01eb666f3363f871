#include "eval/baselines.h"

#include <algorithm>

#include "base/try.h"
#include "hash/fit.h"

namespace hashlens {
namespace {

constexpr int kCompressedDims = 128;

struct HashBaseline {
  FitMethod method;
  const char* name;
  const char* about;
};
constexpr HashBaseline kHashBaselines[] = {
    {FitMethod::kLsh, "LSH", "random hyperplanes through the database's mean (Charikar 2002)"},
    {FitMethod::kPca, "PCA signs", "signs of the principal components"},
    {FitMethod::kItq, "ITQ", "iterative quantisation (Gong and Lazebnik 2011)"},
    {FitMethod::kIsoHash, "IsoHash", "isotropic hashing (Kong and Li 2012)"},
};

// The head's values before thresholds: for PCA the projections of row - mean.
Vectors Projected(const HashHead& head, const Features& features) {
  const auto bits = static_cast<size_t>(head.bits);
  Vectors out{bits, std::vector<float>(features.rows() * bits)};
  for (size_t row = 0; row < features.rows(); ++row) {
    const std::vector<float> x = features.Floats(row, 1);
    for (size_t b = 0; b < bits; ++b) {
      const float* w = &head.weights[b * features.dim];
      double sum = head.bias[b];
      for (size_t i = 0; i < features.dim; ++i) sum += double{w[i]} * x[i];
      out.values[row * bits + b] = static_cast<float>(sum);
    }
  }
  return out;
}

}  // namespace

Status AddHashBaselines(const BaselineInput& input, EvalReport* report) {
  for (const auto& [method, name, about] : kHashBaselines) {
    const auto head =
        FitHead(FeatureRows(input.database),
                {.method = method, .bits = input.bits, .seed = input.seed}, input.core.stop);
    if (head.status().code() == StatusCode::kCancelled) return head.status();
    if (!head.ok()) {
      report->notes.push_back(std::string(name) + ": " + head.status().message());
      continue;
    }
    HL_ASSIGN(CodeFigures figures,
              JudgeCodes(input.relevance, CodesOf(*head, input.database, input.core.threads),
                         CodesOf(*head, input.queries, input.core.threads), nullptr, input.core));
    EvalMethod& codes = figures.by_code;
    codes.name = name;
    codes.about = about;
    codes.baseline = true;
    codes.bits = input.bits;
    codes.bytes_per_image = static_cast<double>(CodeBytes(input.bits));
    report->methods.push_back(std::move(codes));
  }
  return {};
}

Status AddCompressedFeatures(const BaselineInput& input, EvalReport* report) {
  const int dims = std::min(kCompressedDims, static_cast<int>(input.database.dim));
  const auto pca =
      FitHead(FeatureRows(input.database),
              {.method = FitMethod::kPca, .bits = dims, .seed = input.seed}, input.core.stop);
  if (pca.status().code() == StatusCode::kCancelled) return pca.status();
  if (!pca.ok()) {
    report->notes.push_back("PCA features: " + pca.status().message());
    return {};
  }
  HL_ASSIGN(EvalMethod method, JudgeVectors(input.relevance, Projected(*pca, input.database),
                                            Projected(*pca, input.queries), input.core));
  method.name = "PCA features";
  method.about = "the first " + std::to_string(dims) +
                 " principal components in float32 (neural codes, Babenko et al. 2014)";
  method.baseline = true;
  method.bytes_per_image = static_cast<double>(sizeof(float)) * dims;
  report->methods.push_back(std::move(method));
  return {};
}

Status AddBaselines(const BaselineInput& input, EvalReport* report) {
  HL_TRY(AddHashBaselines(input, report));
  HL_TRY(AddSphericalHashing(input, report));
  HL_TRY(AddCompressedFeatures(input, report));
  return AddTrees(input, report);
}

}  // namespace hashlens
