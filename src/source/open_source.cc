#include <algorithm>
#include <array>

#include "base/try.h"
#include "source/datum_source.h"
#include "source/hdf5_source.h"
#include "source/record_source.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

// HDF5 may begin after a block of the user's: at 0, 512, 1024, 2048, ...; the first suffice.
constexpr std::array<size_t, 3> kHdf5Starts = {0, 512, 1024};
constexpr std::string_view kHdf5Magic = "\x89HDF\r\n\x1a\n";

bool StartsAsHdf5(const Path& file) {
  const auto bytes = ReadFileStart(file, kHdf5Starts.back() + kHdf5Magic.size());
  if (!bytes.ok()) return false;
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  return std::any_of(kHdf5Starts.begin(), kHdf5Starts.end(), [&](size_t start) {
    return start < text.size() && text.substr(start).starts_with(kHdf5Magic);
  });
}

bool HasManifest(const Path& folder) {
  const auto names = ListFolder(folder);
  return names.ok() && std::any_of(names->begin(), names->end(), [](const std::string& name) {
           return name.starts_with("MANIFEST-");
         });
}

}  // namespace

SourceKind KindOfSource(const Path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    if (fs::is_regular_file(path / "data.mdb", error)) return SourceKind::kLmdb;
    const bool current = fs::is_regular_file(path / "CURRENT", error);
    return current && HasManifest(path) ? SourceKind::kLevelDb : SourceKind::kNone;
  }
  if (!fs::is_regular_file(status)) return SourceKind::kNone;
  const std::string extension = path.extension().native();
  if (extension == ".mdb" || extension == ".lmdb") return SourceKind::kLmdb;
  const bool named = extension == ".h5" || extension == ".hdf5";
  return named || StartsAsHdf5(path) ? SourceKind::kHdf5 : SourceKind::kNone;
}

Result<std::unique_ptr<RecordSource>> OpenSource(const Path& path, const DataOptions& options) {
  const SourceKind kind = KindOfSource(path);
  const bool datasets = !options.dataset.empty() || !options.labels.empty();
  if (datasets && kind != SourceKind::kHdf5 && kind != SourceKind::kNone)
    return InvalidArgument(Printable(path) + ": only HDF5 files have datasets to choose from");
  switch (kind) {
    case SourceKind::kLmdb: {
      HL_ASSIGN(auto store, OpenLmdb(path, kMaxRecordBytes));
      return MakeDatumSource(std::move(store), options);
    }
    case SourceKind::kLevelDb: {
      HL_ASSIGN(auto store, OpenLevelDb(path, kMaxRecordBytes));
      return MakeDatumSource(std::move(store), options);
    }
    case SourceKind::kHdf5:
      return OpenHdf5(path, options);
    case SourceKind::kNone:
      break;
  }
  std::error_code error;
  if (!fs::exists(path, error)) return NotFound(Printable(path) + ": no such file or folder");
  return InvalidArgument(Printable(path) + ": no database; LMDB, LevelDB and HDF5 can be read");
}

}  // namespace hashlens
