#include "library/jobs.h"

#include "base/cores.h"
#include "base/try.h"
#include "library/library_model.h"

namespace hashlens {
namespace {

Result<Precision> ParsePrecision(const std::string& name) {
  if (name == "auto") return Precision::kAuto;
  if (name == "fp32") return Precision::kFp32;
  if (name == "bf16") return Precision::kBf16;
  return InvalidArgument("precision \"" + name + "\" is not one of auto, fp32, bf16");
}

Result<EncoderOptions> EncoderFor(const OpenOptions& options, int parallel) {
  EncoderOptions encoder;
  encoder.device = options.device.name;
  HL_ASSIGN(encoder.precision, ParsePrecision(options.device.precision));
  encoder.parallel = parallel;
  encoder.threads = JobCount(options.jobs);
  return encoder;
}

}  // namespace

int JobCount(int asked) {
  if (asked > 0) return asked;
  return UsableCores();
}

Result<FeatureMaker> LoadMaker(const ModelPackage& package, const OpenOptions& options,
                               int parallel, std::shared_ptr<const Reduction> reduction) {
  HL_ASSIGN(const EncoderOptions encoder, EncoderFor(options, parallel));
  HL_ASSIGN(std::shared_ptr<Encoder> loaded, LoadEncoder(package, encoder));
  return FeatureMaker(std::move(loaded), package.input, options.limits, std::move(reduction));
}

Result<FeatureMaker> LoadLayerMaker(const ModelPackage& package, const OpenOptions& options,
                                    int parallel, const std::string& layer) {
  HL_ASSIGN(EncoderOptions encoder, EncoderFor(options, parallel));
  encoder.layer = layer;
  HL_ASSIGN(std::shared_ptr<Encoder> loaded, LoadEncoder(package, encoder));
  return FeatureMaker(std::move(loaded), package.input, options.limits).Plain();
}

Result<PackagedHead> ChooseHead(const ModelPackage& package, int bits) {
  constexpr int kUsualBits = 128;
  if (package.heads.empty())
    return InvalidArgument(Printable(package.folder) + ": the model has no hash head");
  std::string lengths;
  for (const PackagedHead& head : package.heads) {
    if (head.bits == (bits == 0 ? kUsualBits : bits)) return head;
    lengths += (lengths.empty() ? "" : ", ") + std::to_string(head.bits);
  }
  if (bits == 0) return package.heads.back();
  return InvalidArgument("model " + package.name + " has no head of " + std::to_string(bits) +
                         " bits, only " + lengths);
}

Result<HashHead> LoadPackageHead(const ModelPackage& package, const PackagedHead& head) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadHeadFile(package, head));
  const Path path = package.folder / head.file;
  auto parsed = ParseHead(bytes);
  if (!parsed.ok())
    return Status(parsed.status().code(), Printable(path) + ": " + parsed.status().message());
  if (parsed->bits != head.bits || parsed->dim != package.dim) {
    return Corruption(Printable(path) + ": " + std::to_string(parsed->bits) + " bits and " +
                      std::to_string(parsed->dim) + " dimensions, but model.json says " +
                      std::to_string(head.bits) + " and " + std::to_string(package.dim));
  }
  return parsed;
}

Result<FeatureMaker> LoadMaker(const Layout& layout, const LibraryMeta& meta,
                               const OpenOptions& options, int parallel) {
  HL_ASSIGN(const LibraryModel model, OpenLibraryModel(layout, meta));
  return LoadMaker(model.package, options, parallel, model.reduction);
}

Result<TextMaker> LoadTextMaker(const Layout& layout, const LibraryMeta& meta,
                                const OpenOptions& options) {
  HL_ASSIGN(const LibraryModel model, OpenLibraryModel(layout, meta));
  if (!model.package.text) {
    return InvalidArgument("model " + model.package.name +
                           " has no text network, so its pictures cannot be found by words; "
                           "`hashlens model import-onnx` with --text-onnx and --tokenizer makes a "
                           "model that has one, for a new library");
  }
  HL_ASSIGN(const EncoderOptions encoder, EncoderFor(options, 1));
  HL_ASSIGN(std::shared_ptr<TextEncoder> loaded, LoadTextEncoder(model.package, encoder));
  return TextMaker(std::move(loaded), model.reduction);
}

}  // namespace hashlens
