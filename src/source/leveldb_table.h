// LevelDB's table files: blocks of sorted entries and an index of the blocks. Internal to
// src/source.
#ifndef HASHLENS_SOURCE_LEVELDB_TABLE_H_
#define HASHLENS_SOURCE_LEVELDB_TABLE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace hashlens {

// One key as of one time.
struct LevelDbEntry {
  std::string key;
  uint64_t sequence = 0;  // the greater, the newer
  bool deleted = false;
  std::string value;
};

// The entries of one block, in order. A value.
class LevelDbBlock {
 public:
  LevelDbBlock() = default;
  // The bytes without type and checksum. False when they are no block.
  bool Start(std::string bytes);
  // The next key, with what follows it, and value, which lie in the block; false at the end or
  // where it is damaged.
  bool Next();
  const std::string& key() const { return key_; }
  std::string_view value() const { return value_; }
  bool damaged() const { return damaged_; }

 private:
  std::string bytes_;
  size_t at_ = 0;
  size_t end_ = 0;  // where the restart points begin
  std::string key_;
  std::string_view value_;
  bool damaged_ = false;
};

// Any number of threads.
class LevelDbTable {
 public:
  static Result<std::shared_ptr<const LevelDbTable>> Open(const Path& file);

  size_t blocks() const { return index_.size(); }
  Result<LevelDbBlock> ReadBlock(size_t i) const;
  // The block that holds the key's newest entry if any does; blocks() when none.
  size_t BlockOf(std::string_view key) const;
  // The newest entry of the key, if there is one.
  Result<std::optional<LevelDbEntry>> Find(std::string_view key) const;
  Status Damaged(const std::string& why) const;

 private:
  struct Handle {
    uint64_t offset = 0;
    uint64_t size = 0;
  };
  struct IndexEntry {
    std::string last_key;  // no less than the block's last one, without what follows it
    Handle block;
  };
  explicit LevelDbTable(OpenedFile file) : file_(std::move(file)) {}
  static bool TakeHandle(std::string_view* text, Handle* handle);
  Result<std::string> ReadBytes(const Handle& handle) const;
  Status ReadIndex();

  OpenedFile file_;
  std::vector<IndexEntry> index_;
};

// An entry of a table or a log; false when the key is too short or of unknown kind.
bool SplitLevelDbKey(std::string_view internal, std::string_view value, LevelDbEntry* entry);

// Goes through a table's entries in order.
class LevelDbTableCursor {
 public:
  explicit LevelDbTableCursor(std::shared_ptr<const LevelDbTable> table)
      : table_(std::move(table)) {}
  // False at the end. kCorruption, also where keys are out of order.
  Result<bool> Next();
  const LevelDbEntry& entry() const { return entry_; }

 private:
  std::shared_ptr<const LevelDbTable> table_;
  size_t next_block_ = 0;
  LevelDbBlock block_;
  bool any_ = false;
  LevelDbEntry entry_;
};

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_LEVELDB_TABLE_H_
