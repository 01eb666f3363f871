#include "library/housekeeping.h"

#include <algorithm>
#include <set>

#include "base/try.h"
#include "hash/hash_head.h"
#include "library/jobs.h"
#include "library/library_model.h"
#include "library/models.h"
#include "model/model_package.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

Status FromErrorCode(const std::error_code& error, std::string_view doing, const Path& path) {
  return error ? ErrnoStatus(error.value(), doing, path) : Status();
}

Status FillLibrary(const Layout& layout, const ModelPackage& package, const PackagedHead& head) {
  std::error_code error;
  fs::create_directory(layout.Segments(), error);
  HL_TRY(FromErrorCode(error, "creating", layout.Segments()));
  HL_ASSIGN(const ModelPackage copy, CopyModelPackage(package, layout.Model()));
  LibraryMeta meta;
  meta.model_name = copy.name;
  meta.feature_digest = copy.feature_digest;
  meta.dim = copy.dim;
  meta.bits = head.bits;
  meta.head_file = head.file;
  meta.head_sha256 = head.sha256;
  meta.head_fitted = !IsProvisional(head.method);
  HL_ASSIGN(const Catalog catalog, Catalog::Create(layout.Catalog(), meta));
  return SyncFolder(layout.folder);
}

// A folder of ours must be a folder, not a link: what it points at is not ours to clear.
Status RequireRealFolder(const Path& folder) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(folder, error);
  if (fs::is_directory(status)) return {};
  return Corruption(Printable(folder) +
                    ": not a folder of the library itself; nothing was changed");
}

// Where a library is made, and deleted: beside its own place.
Layout UnbornLayout(const Layout& layout) {
  const Path parent = layout.folder.has_parent_path() ? layout.folder.parent_path() : Path(".");
  return {parent / ("." + layout.folder.filename().native() + ".new")};
}

// What is in a library's folder that has no images yet, but for the lock. Anything that no creation
// leaves there is not ours: kInvalidArgument.
Result<std::vector<Path>> OwnEntries(const Layout& layout) {
  const std::set<std::string> ours = {"catalog.db",
                                      "catalog.db-wal",
                                      "catalog.db-shm",
                                      "catalog.db.tmp",
                                      "catalog.db.tmp-wal",
                                      "catalog.db.tmp-shm",
                                      "catalog.db.tmp-journal",
                                      "model",
                                      "segments",
                                      "lock"};
  HL_TRY(RequireRealFolder(layout.folder));
  HL_ASSIGN(const std::vector<std::string> names, ListFolder(layout.folder));
  std::vector<Path> entries;
  for (const std::string& name : names) {
    if (!ours.contains(name) && !name.starts_with("model.tmp")) {
      return InvalidArgument(Printable(layout.folder / name) +
                             ": is in the way of making the library; move it elsewhere");
    }
    if (name != "lock") entries.push_back(layout.folder / name);
  }
  return entries;
}

// Clears what an interrupted creation left.
Status Empty(const Layout& layout) {
  HL_ASSIGN(const std::vector<Path> entries, OwnEntries(layout));
  std::error_code error;
  for (const Path& entry : entries) {
    fs::remove_all(entry, error);  // a link goes, not what it points at
    HL_TRY(FromErrorCode(error, "removing", entry));
  }
  return {};
}

// Removes plain files, and links, that look like ours and are not wanted (of a link never what it
// points at); leaves everything else alone. Ours start with `start`, or are temporary.
Status RemoveOthers(const Path& folder, std::string_view start,
                    const std::set<std::string>& wanted) {
  HL_TRY(RequireRealFolder(folder));
  HL_ASSIGN(const std::vector<std::string> names, ListFolder(folder));
  std::error_code error;
  for (const std::string& name : names) {
    const Path path = folder / name;
    const std::string ending = path.extension();
    const bool ours =
        (name.starts_with(start) && (ending == ".features" || ending == ".codes" ||
                                     ending == ".hlh" || ending == kReductionSuffix)) ||
        ending == kTemporarySuffix;
    if (!ours || wanted.contains(name)) continue;
    const fs::file_status status = fs::symlink_status(path, error);
    if (!fs::is_regular_file(status) && !fs::is_symlink(status)) continue;
    fs::remove(path, error);
    HL_TRY(FromErrorCode(error, "removing", path));
  }
  return {};
}

}  // namespace

Status RequireLibrary(const Layout& layout, const Path& named) {
  std::error_code error;
  if (fs::exists(layout.Catalog(), error)) return {};
  if (error) return FromErrorCode(error, "opening", layout.Catalog());
  if (fs::exists(layout.folder, error)) {
    // segments/ beside a missing catalog is a damaged library, anything else is no library.
    if (fs::exists(layout.Segments(), error)) {
      return Corruption(Printable(layout.Catalog()) +
                        ": missing; restore it from a copy, or index into a new library");
    }
    return InvalidArgument(Printable(layout.folder) +
                           ": not a hashlens library (no catalog.db in it)");
  }
  if (fs::exists(named, error) && !fs::is_directory(named, error)) {
    return InvalidArgument(Printable(named) +
                           ": is a file, not a library; name the library first, then the pictures");
  }
  return NotFound(Printable(layout.folder) + ": no such library; `hashlens index` makes one");
}

Result<FileLock> CreateLibrary(const Layout& layout, const CreateOptions& options) {
  HL_ASSIGN(const ModelPackage package, OpenNamedModel(options.model));
  HL_TRY(VerifyModelPackage(package));
  const auto chosen = ChooseHead(package, options.bits);
  if (!chosen.ok() && options.bits != 0 && !package.heads.empty()) {
    return InvalidArgument(chosen.status().message() +
                           ": start with one of these; `hashlens model fit` makes any length "
                           "later");
  }
  HL_ASSIGN(const PackagedHead head, chosen);
  const Layout unborn = UnbornLayout(layout);
  std::error_code error;
  const bool made = fs::create_directories(unborn.folder, error);
  HL_TRY(FromErrorCode(error, "creating", unborn.folder));
  HL_TRY(RequireRealFolder(unborn.folder));
  auto lock = FileLock::TryAcquire(unborn.Lock());
  if (!lock.ok()) {
    // Without a lock nothing is cleared but what was made here, which is still empty.
    if (made && lock.status().code() != StatusCode::kBusy) {
      fs::remove(unborn.Lock(), error);
      fs::remove(unborn.folder, error);
    }
    return lock;
  }
  const auto make = [&]() -> Status {
    HL_TRY(Empty(unborn));
    HL_TRY(FillLibrary(unborn, package, head));
    return RenameDurably(unborn.folder, layout.folder);
  };
  const Status status = make();
  if (!status.ok()) {
    // The first error is the one to report; a folder with others' files in it stays.
    if (Empty(unborn).ok() && fs::remove(unborn.Lock(), error)) fs::remove(unborn.folder, error);
    return status;
  }
  return lock;
}

Status DiscardLibrary(const Layout& layout) {
  HL_TRY(OwnEntries(layout).status());
  const Layout unborn = UnbornLayout(layout);
  HL_TRY(RenameDurably(layout.folder, unborn.folder));  // gone at once, not bit by bit
  HL_TRY(Empty(unborn));
  std::error_code error;
  fs::remove(unborn.Lock(), error);
  fs::remove(unborn.folder, error);
  return FromErrorCode(error, "removing", unborn.folder);
}

Status RemoveUnusedFiles(const Layout& layout, const Catalog& catalog) {
  HL_ASSIGN(const CatalogSegments state, catalog.ReadSegments());
  std::set<std::string> segment_files;
  for (const SegmentRow& segment : state.segments) {
    segment_files.insert(segment.features_file);
    segment_files.insert(segment.codes_file);
  }
  HL_TRY(RemoveOthers(layout.Segments(), "", segment_files));
  std::error_code error;
  const Path unfinished = Path(layout.Arrangement()) += kTemporarySuffix;
  fs::remove(unfinished, error);
  HL_TRY(FromErrorCode(error, "removing", unfinished));
  // The package's own files stay, whatever they are: only fitted heads and reductions come and go.
  HL_TRY(RemoveOthers(layout.Model(), kFittedHead, {state.meta.head_file}));
  std::set<std::string> reductions = ReductionFiles(layout);
  if (reductions.empty()) return {};
  // While none is known to be the one in use, any may be.
  const auto model = OpenLibraryModel(layout, state.meta);
  if (model.ok()) reductions = {model->reduction_file};
  return RemoveOthers(layout.Model(), kReductionPrefix, reductions);
}

}  // namespace hashlens
