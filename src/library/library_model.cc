#include "library/library_model.h"

#include <optional>

#include "base/sha256.h"
#include "base/try.h"

namespace hashlens {
namespace {

struct NamedReduction {
  std::string file;
  std::vector<std::byte> bytes;
};

Status Damaged(const Path& path) {
  return Corruption(Printable(path) +
                    ": the bytes are not those that its name tells; restore it from a copy");
}

// Of the files in model/ the one that gives `digest`.
Result<NamedReduction> FindReduction(const Layout& layout, const ModelPackage& package,
                                     const std::string& digest) {
  std::optional<Status> fault;  // of a file that may have been the one
  for (const std::string& file : ReductionFiles(layout)) {
    const Path path = layout.Model() / file;
    auto bytes = ReadFile(path, kMaxReductionBytes);
    if (!bytes.ok()) {
      fault = bytes.status();
      continue;
    }
    const std::string sha256 = Sha256Hex(*bytes);
    if (ReducedDigest(package.feature_digest, sha256) == digest)
      return NamedReduction{file, std::move(*bytes)};
    if (file != ReductionName(sha256)) fault = Damaged(path);
  }
  if (fault) return *fault;
  return Corruption(Printable(layout.Model()) +
                    ": neither its model nor a reduction of features (reduction-*.hlr) is what the "
                    "catalog names; restore the library from a copy");
}

}  // namespace

FeatureForm LibraryModel::form() const {
  if (!reduction) return {FeatureForm::Kind::kFull, 0};
  if (reduction->kind == ReductionKind::kInt8) return {FeatureForm::Kind::kInt8, 0};
  return {FeatureForm::Kind::kPca, reduction->out_dim};
}

Result<LibraryModel> OpenLibraryModel(const Layout& layout, const LibraryMeta& meta) {
  LibraryModel model;
  HL_ASSIGN(model.package, OpenModelPackage(layout.Model()));
  int dim = model.package.dim;
  if (model.package.feature_digest != meta.feature_digest) {
    HL_ASSIGN(const NamedReduction found,
              FindReduction(layout, model.package, meta.feature_digest));
    const std::string name = Printable(layout.Model() / found.file) + ": ";
    auto parsed = ParseReduction(found.bytes);
    if (!parsed.ok()) return Status(parsed.status().code(), name + parsed.status().message());
    if (parsed->in_dim != dim)
      return Corruption(name + "reduction: not for the features of the model beside it");
    dim = parsed->out_dim;
    model.reduction = std::make_shared<const Reduction>(std::move(*parsed));
    model.reduction_file = found.file;
  }
  if (dim != meta.dim) {
    return Corruption(Printable(layout.Model()) + ": features of " + std::to_string(dim) +
                      " dimensions, but the catalog says " + std::to_string(meta.dim));
  }
  return model;
}

std::string ReducedDigest(const std::string& package_digest, const std::string& reduction_sha256) {
  return Sha256Hex(AsBytes(package_digest + reduction_sha256));
}

std::set<std::string> ReductionFiles(const Layout& layout) {
  std::set<std::string> files;
  const auto names = ListFolder(layout.Model());
  if (!names.ok()) return files;  // a folder that cannot be read has none to offer
  for (const std::string& name : *names) {
    if (Path(name).extension() == kReductionSuffix) files.insert(name);
  }
  return files;
}

FeatureType TypeFor(const Reduction* reduction) {
  const bool int8 = reduction != nullptr && reduction->kind == ReductionKind::kInt8;
  return int8 ? FeatureType::kInt8 : FeatureType::kFp16;
}

}  // namespace hashlens
