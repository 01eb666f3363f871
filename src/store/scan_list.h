// The files that one index run has seen, and those it has to read: a private temporary database.
// It is a connection of its own, so that its one long transaction holds neither a lock nor an old
// snapshot of the catalog. Internal to the store.
#ifndef HASHLENS_STORE_SCAN_LIST_H_
#define HASHLENS_STORE_SCAN_LIST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite.h"

namespace hashlens {

// One thread at a time. Memory is bounded by SQLite's cache, whatever the number of files.
class ScanList {
 public:
  static Result<std::unique_ptr<ScanList>> Create();

  // The state that was noted for the file, if any.
  Result<std::optional<FileState>> Find(uint64_t root, std::string_view path);
  // Notes a file that was not noted before.
  Status Note(uint64_t root, std::string_view path, FileState state);
  Status Enqueue(uint64_t root, std::string_view path, bool named);
  uint64_t queued() const { return queued_; }
  Result<std::vector<WorkItem>> Queued(uint64_t after, size_t limit);

  // Answers for paths asked in ascending order, by going through the list once. Nothing may be
  // noted meanwhile.
  class Walk {
   public:
    Result<bool> Contains(std::string_view path);

   private:
    friend class ScanList;
    explicit Walk(SqliteStatement seen) : seen_(std::move(seen)) {}
    SqliteStatement seen_;
    bool started_ = false;
    bool at_row_ = false;
  };
  // For the paths of a root from `first` on.
  Result<Walk> WalkFrom(uint64_t root, std::string_view first);

 private:
  explicit ScanList(std::unique_ptr<SqliteConnection> connection)
      : connection_(std::move(connection)) {}
  std::unique_ptr<SqliteConnection> connection_;
  uint64_t queued_ = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_STORE_SCAN_LIST_H_
