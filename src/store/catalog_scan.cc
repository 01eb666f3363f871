#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "store/catalog_database.h"

namespace hashlens {
namespace {

constexpr size_t kDeleteAtOnce = 1000;

Result<FileState> StateOf(SqliteConnection* connection, uint64_t root, const std::string& path,
                          const FileStamp& stamp) {
  HL_ASSIGN(const std::optional<ImageRow> image, FindImageAt(connection, root, path));
  if (image && image->stamp == stamp) return FileState::kUnchanged;
  HL_ASSIGN(SqliteStatement select,
            connection->Prepare("SELECT * FROM failures WHERE root=?1 AND path=?2"));
  select.Bind(1, root);
  select.Bind(2, path);
  HL_ASSIGN(const bool found, select.Step());
  if (!found) return image ? FileState::kChanged : FileState::kNew;
  HL_TRY(CheckRow(select, "failures").status());
  const FailureRow failure = FailureFrom(select);
  if (failure.stamp != stamp) return FileState::kChanged;
  return failure.skipped ? FileState::kSkippedBefore : FileState::kFailedBefore;
}

bool MustRead(FileState state, bool retry) {
  return state == FileState::kNew || state == FileState::kChanged ||
         (state == FileState::kFailedBefore && retry);
}

Status NoScan() {
  return InvalidArgument("the catalog has no list of files: BeginScan comes first");
}

}  // namespace

Status Catalog::BeginScan() {
  database_->scan.reset();
  HL_ASSIGN(database_->scan, ScanList::Create());
  return {};
}

Result<FileState> Catalog::AddFile(uint64_t root, const std::string& path, const FileStamp& stamp,
                                   bool retry, bool named) {
  if (!database_->scan) return NoScan();
  HL_ASSIGN(const std::optional<FileState> noted, database_->scan->Find(root, path));
  if (noted) return *noted;
  HL_ASSIGN(const FileState state, StateOf(database_->connection.get(), root, path, stamp));
  HL_TRY(database_->scan->Note(root, path, state));
  if (MustRead(state, retry)) HL_TRY(database_->scan->Enqueue(root, path, named));
  return state;
}

uint64_t Catalog::queued() const { return database_->scan ? database_->scan->queued() : 0; }

Result<std::vector<WorkItem>> Catalog::Queued(uint64_t after, size_t limit) const {
  if (!database_->scan) return NoScan();
  return database_->scan->Queued(after, limit);
}

Status Catalog::ForEachUnseenImage(uint64_t root, const std::string& prefix,
                                   const std::function<Status(const ImageRow&)>& use) const {
  if (!database_->scan) return NoScan();
  HL_ASSIGN(ScanList::Walk seen, database_->scan->WalkFrom(root, prefix));
  return ForEachImageUnder(root, prefix, [&](const ImageRow& image) -> Status {
    HL_ASSIGN(const bool there, seen.Contains(image.path));
    return there ? Status() : use(image);
  });
}

Status Catalog::ForgetUnseenFailures(uint64_t root, const std::string& prefix) {
  if (!database_->scan) return NoScan();
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  HL_ASSIGN(ScanList::Walk seen, database_->scan->WalkFrom(root, prefix));
  std::string last = prefix;
  bool more = true;
  // In portions: rows are not deleted under the statement that walks over them, nor all kept in
  // memory.
  for (bool inclusive = true; more; inclusive = false) {
    more = false;
    std::vector<std::string> unseen;
    HL_ASSIGN(SqliteStatement select,
              writer.connection()->Prepare(
                  inclusive ? "SELECT * FROM failures WHERE root=?1 AND path>=?2 ORDER BY path"
                            : "SELECT * FROM failures WHERE root=?1 AND path>?2 ORDER BY path"));
    select.Bind(1, root);
    select.Bind(2, last);
    while (unseen.size() < kDeleteAtOnce) {
      HL_ASSIGN(const bool row, select.Step());
      if (!row) break;
      HL_TRY(CheckRow(select, "failures").status());
      last = select.Bytes(1);
      if (!last.starts_with(prefix)) break;
      if (!IsUnder(last, prefix)) continue;
      HL_ASSIGN(const bool there, seen.Contains(last));
      if (!there) unseen.push_back(last);
    }
    more = unseen.size() == kDeleteAtOnce;
    for (const std::string& path : unseen) HL_TRY(writer.DeleteFailure(root, path).status());
  }
  return writer.Commit();
}

Status Catalog::ForgetMendedFailures() {
  if (!database_->scan) return NoScan();
  std::vector<std::pair<uint64_t, std::string>> mended;
  {
    HL_ASSIGN(SqliteStatement select,
              database_->connection->Prepare(
                  "SELECT failures.* FROM failures JOIN images USING(root, path)"));
    HL_TRY(ForEachRow(&select, "failures", [&](const SqliteStatement& row) -> Status {
      FailureRow failure = FailureFrom(row);
      HL_ASSIGN(const std::optional<FileState> state,
                database_->scan->Find(failure.root, failure.path));
      if (state == FileState::kUnchanged)
        mended.emplace_back(failure.root, std::move(failure.path));
      return {};
    }));
  }
  if (mended.empty()) return {};
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  for (const auto& [root, path] : mended) HL_TRY(writer.DeleteFailure(root, path).status());
  return writer.Commit();
}

}  // namespace hashlens
