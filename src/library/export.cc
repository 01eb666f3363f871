#include "library/export.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/try.h"
#include "library/npy.h"

namespace hashlens {
namespace {

constexpr uint64_t kExportedRows = 4096;

// One line; text that is not UTF-8 has its bad bytes replaced by U+FFFD.
std::string DumpJson(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// "path", and where it is not valid UTF-8 also "path_hex" with the true bytes.
void AddPath(nlohmann::json* object, const Path& path) {
  const std::string& bytes = path.native();
  (*object)["path"] = bytes;
  if (!IsUtf8(bytes)) (*object)["path_hex"] = ToHex(AsBytes(bytes));
}

Status Describe(const ImageRow& image, const Catalog& catalog, const Roots& roots,
                nlohmann::json* line) {
  AddPath(line, roots.Resolve(image.root, image.path));
  (*line)["width"] = image.width;
  (*line)["height"] = image.height;
  (*line)["format"] = image.format;
  (*line)["bytes"] = image.stamp.size;
  HL_ASSIGN(const Tags tags, catalog.ImageTags(image.id));
  // A key may have several values.
  for (const auto& [key, value] : tags) (*line)["tags"][key].push_back(value);
  return {};
}

Status RequireEmptyFolder(const Path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return ErrnoStatus(error.value(), "creating", folder);
  const bool empty = std::filesystem::is_empty(folder, error);
  if (error) return ErrnoStatus(error.value(), "reading folder", folder);
  if (!empty) return InvalidArgument(Printable(folder) + ": not empty; export into a new folder");
  return {};
}

}  // namespace

namespace {

constexpr const char* kFiles[] = {"ids.npy", "codes.npy", "features.npy", "images.jsonl"};

Status WriteFiles(const Snapshot& snapshot, const Catalog& catalog, const Roots& roots,
                  const Path& folder, const ProgressFunction& progress, std::stop_token stop) {
  const uint64_t count = snapshot.live_rows();
  const auto dim = static_cast<size_t>(snapshot.meta().dim);
  std::vector<uint8_t> code(CodeBytes(snapshot.meta().bits));
  const uint64_t id_shape[] = {count};
  const uint64_t code_shape[] = {count, code.size()};
  const uint64_t feature_shape[] = {count, dim};
  HL_ASSIGN(FileWriter ids, CreateNpy(folder / "ids.npy", "<u8", id_shape));
  HL_ASSIGN(FileWriter codes, CreateNpy(folder / "codes.npy", "|u1", code_shape));
  HL_ASSIGN(FileWriter features, CreateNpy(folder / "features.npy", "<f2", feature_shape));
  HL_ASSIGN(FileWriter images, FileWriter::Create(folder / "images.jsonl"));
  StoredRows feature;
  uint64_t done = 0;
  for (uint64_t row = 0; row < snapshot.rows(); ++row) {
    if (snapshot.live() != nullptr && !snapshot.live()->Get(row)) continue;
    if (done % kExportedRows == 0) {
      if (stop.stop_requested()) return Cancelled("stopped; nothing was exported");
      if (progress) progress({"exporting", done, count, 0, 0});
    }
    const uint64_t id = snapshot.id(row);
    std::string id_bytes;
    PutLittleEndian(&id_bytes, id);
    HL_TRY(ids.Append(AsBytes(id_bytes)));
    snapshot.codes().GetCode(row, code);
    HL_TRY(codes.Append(std::as_bytes(std::span(code))));
    HL_TRY(snapshot.ReadFeature(row, &feature));
    HL_TRY(features.Append(std::as_bytes(std::span(feature.values))));
    HL_ASSIGN(const std::optional<ImageRow> image, catalog.FindImageOf(snapshot.catalog(), id));
    nlohmann::json line = {{"id", id}};
    if (image) {
      HL_TRY(Describe(*image, catalog, roots, &line));
    } else {
      line["removed"] = true;  // by a writer, since this library was opened
    }
    HL_TRY(images.Append(AsBytes(DumpJson(line) + "\n")));
    ++done;
  }
  HL_TRY(ids.SyncAndClose());
  HL_TRY(codes.SyncAndClose());
  HL_TRY(features.SyncAndClose());
  HL_TRY(images.SyncAndClose());
  return SyncFolder(folder);
}

}  // namespace

Status ExportLibrary(const Snapshot& snapshot, const Catalog& catalog, const Roots& roots,
                     const Path& folder, const ProgressFunction& progress, std::stop_token stop) {
  HL_TRY(RequireEmptyFolder(folder));
  const Status status = WriteFiles(snapshot, catalog, roots, folder, progress, std::move(stop));
  if (!status.ok()) {
    std::error_code ignored;  // the first error is the one to report
    for (const char* file : kFiles) std::filesystem::remove(folder / file, ignored);
  }
  return status;
}

}  // namespace hashlens
