#include "store/scan_list.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/try.h"

namespace hashlens {

Result<std::unique_ptr<ScanList>> ScanList::Create() {
  HL_ASSIGN(auto connection, SqliteConnection::OpenTemporary());
  // Never committed: the list dies with its connection.
  HL_TRY(
      connection->Execute("BEGIN;"
                          "CREATE TABLE seen(root INTEGER, path BLOB, state INTEGER, PRIMARY "
                          "KEY(root, path)) STRICT, WITHOUT ROWID;"
                          "CREATE TABLE queue(sequence INTEGER PRIMARY KEY, root INTEGER, path "
                          "BLOB, named INTEGER) STRICT"));
  return std::unique_ptr<ScanList>(new ScanList(std::move(connection)));
}

Result<std::optional<FileState>> ScanList::Find(uint64_t root, std::string_view path) {
  HL_ASSIGN(SqliteStatement select,
            connection_->Prepare("SELECT state FROM seen WHERE root=?1 AND path=?2"));
  select.Bind(1, root);
  select.Bind(2, path);
  HL_ASSIGN(const bool found, select.Step());
  if (!found) return std::optional<FileState>();
  return std::optional(static_cast<FileState>(select.Int(0)));
}

Status ScanList::Note(uint64_t root, std::string_view path, FileState state) {
  HL_ASSIGN(SqliteStatement insert, connection_->Prepare("INSERT INTO seen VALUES(?,?,?)"));
  insert.Bind(1, root);
  insert.Bind(2, path);
  insert.Bind(3, static_cast<int64_t>(state));
  return insert.Run();
}

Status ScanList::Enqueue(uint64_t root, std::string_view path, bool named) {
  HL_ASSIGN(SqliteStatement insert, connection_->Prepare("INSERT INTO queue VALUES(?,?,?,?)"));
  insert.Bind(1, queued_ + 1);
  insert.Bind(2, root);
  insert.Bind(3, path);
  insert.Bind(4, int64_t{named});
  HL_TRY(insert.Run());
  ++queued_;
  return {};
}

Result<std::vector<WorkItem>> ScanList::Queued(uint64_t after, size_t limit) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  HL_ASSIGN(
      SqliteStatement select,
      connection_->Prepare("SELECT * FROM queue WHERE sequence>?1 ORDER BY sequence LIMIT ?2"));
  select.Bind(1, std::min(after, kMost));
  select.Bind(2, std::min(uint64_t{limit}, kMost));
  std::vector<WorkItem> items;
  for (;;) {
    HL_ASSIGN(const bool row, select.Step());
    if (!row) return items;
    items.push_back(
        {select.Uint(0), select.Uint(1), std::string(select.Bytes(2)), select.Int(3) != 0});
  }
}

Result<ScanList::Walk> ScanList::WalkFrom(uint64_t root, std::string_view first) {
  HL_ASSIGN(SqliteStatement seen,
            connection_->Prepare("SELECT path FROM seen WHERE root=?1 AND path>=?2 ORDER BY path"));
  seen.Bind(1, root);
  seen.Bind(2, first);
  return Walk(std::move(seen));
}

Result<bool> ScanList::Walk::Contains(std::string_view path) {
  while (!started_ || (at_row_ && seen_.Bytes(0) < path)) {
    started_ = true;
    HL_ASSIGN(at_row_, seen_.Step());
  }
  return at_row_ && seen_.Bytes(0) == path;
}

}  // namespace hashlens
