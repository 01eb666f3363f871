// What the fields of a model package may be, and the digest that names its features.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/code.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/try.h"
#include "model/model_json.h"
#include "model/package_files.h"

namespace hashlens {
namespace {

constexpr size_t kMaxNameBytes = 200;
constexpr size_t kMaxHeads = 64;
constexpr int kMaxDim = 1 << 16;
constexpr int kMinInputSize = 8;
constexpr int kMaxInputSize = 4096;

// One line that a terminal shows as it is.
bool IsLabel(const std::string& text) {
  return !text.empty() && text.size() <= kMaxNameBytes && Printable(std::string_view(text)) == text;
}

// A file directly inside the package that is none of its fixed files.
bool IsHeadFileName(const std::string& name) {
  constexpr std::string_view kOthers[] = {
      ".",      "..",          kModelJson,    kNetworkXml,     kNetworkBin,    kTextXml,
      kTextBin, kTokenizerXml, kTokenizerBin, kClassifierFile, kClassNamesFile};
  if (!IsLabel(name) || name.find_first_of("/\\") != std::string::npos) return false;
  return std::ranges::find(kOthers, name) == std::end(kOthers);
}

bool IsSha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Status CheckInput(const NetworkInput& input) {
  if (input.size < kMinInputSize || input.size > kMaxInputSize) {
    return InvalidArgument("input.size must be " + std::to_string(kMinInputSize) + " to " +
                           std::to_string(kMaxInputSize));
  }
  if (!(input.crop_fraction > 0 && input.crop_fraction <= 1)) {
    return InvalidArgument("input.crop_fraction must be above 0 and at most 1");
  }
  for (const float mean : input.mean) {
    if (!std::isfinite(mean)) return InvalidArgument("input.mean must be finite");
  }
  for (const float scale : input.scale) {
    if (!std::isnormal(scale) || scale < 0) return InvalidArgument("input.scale must be positive");
  }
  return {};
}

Status CheckHeads(const std::vector<PackagedHead>& heads) {
  if (heads.size() > kMaxHeads) {
    return InvalidArgument("more than " + std::to_string(kMaxHeads) + " heads");
  }
  std::set<std::string> files;
  int last_bits = 0;
  for (const PackagedHead& head : heads) {
    if (head.bits < kMinBits || head.bits > kMaxBits) {
      return InvalidArgument("heads: bits must be " + std::to_string(kMinBits) + " to " +
                             std::to_string(kMaxBits));
    }
    if (head.bits <= last_bits) return InvalidArgument("heads: bits must ascend, each once");
    last_bits = head.bits;
    if (!IsLabel(head.method)) return InvalidArgument("heads: method must be a short line of text");
    if (!IsHeadFileName(head.file)) {
      return InvalidArgument("heads: file \"" + Printable(std::string_view(head.file)) +
                             "\" is not a plain file name");
    }
    if (!files.insert(head.file).second) {
      return InvalidArgument("heads: file \"" + head.file + "\" is there twice");
    }
    if (!IsSha256(head.sha256)) {
      return InvalidArgument("heads: sha256 must be 64 hexadecimal digits");
    }
  }
  return {};
}

// The shortest decimal that reads back as the same value, on every machine and in every locale.
template <typename T>
std::string Decimal(T value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof(text), value).ptr};
}

}  // namespace

bool IsModelName(const std::string& name) { return IsLabel(name); }

Status CheckModelFields(const ModelPackage& package) {
  if (!IsModelName(package.name)) return InvalidArgument("name must be a short line of text");
  if (package.dim < 1 || package.dim > kMaxDim) {
    return InvalidArgument("dim must be 1 to " + std::to_string(kMaxDim));
  }
  if (!IsSha256(package.network_sha256)) {
    return InvalidArgument("network_sha256 must be 64 hexadecimal digits");
  }
  if (package.text &&
      !(IsSha256(package.text->network_sha256) && IsSha256(package.text->tokenizer_sha256))) {
    return InvalidArgument(
        "text: network_sha256 and tokenizer_sha256 must be 64 hexadecimal digits");
  }
  if (package.classifier) {
    const PackagedClassifier& classifier = *package.classifier;
    if (classifier.classes < 1 || classifier.classes > kMaxClassNames) {
      return InvalidArgument("classifier: classes must be 1 to " + std::to_string(kMaxClassNames));
    }
    if (!IsSha256(classifier.sha256) || !IsSha256(classifier.names_sha256)) {
      return InvalidArgument("classifier: sha256 and names_sha256 must be 64 hexadecimal digits");
    }
  }
  HL_TRY(CheckInput(package.input));
  return CheckHeads(package.heads);
}

std::string FeatureDigest(const std::string& network_sha256, int dim, const NetworkInput& input) {
  std::string text = "hashlens feature 1\nnetwork " + network_sha256 + "\ndim " + Decimal(dim) +
                     "\nsize " + Decimal(input.size) + "\ncrop " + Decimal(input.crop_fraction);
  text += "\nmean";
  // Adding 0 makes a negative zero, which is the same input, the same text.
  for (const float mean : input.mean) text += ' ' + Decimal(mean + 0.0f);
  text += "\nscale";
  for (const float scale : input.scale) text += ' ' + Decimal(scale);
  text += '\n';
  if (input.fit == PictureFit::kStretch) text += "fit stretch\n";
  return Sha256Hex(AsBytes(text));
}

}  // namespace hashlens
