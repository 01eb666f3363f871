// LevelDB, read without libleveldb: that locks the folder, and compacts and writes anew what is in
// it, as soon as it is opened.
#include <algorithm>
#include <list>
#include <map>
#include <mutex>

#include "base/try.h"
#include "source/key_value_store.h"
#include "source/leveldb_log.h"
#include "source/leveldb_manifest.h"
#include "source/leveldb_table.h"
#include "source/varint.h"

namespace hashlens {
namespace {

constexpr uint64_t kMaxLogBytes = uint64_t{2} << 30;  // its records are kept in memory
constexpr size_t kOpenTables = 64;
constexpr size_t kBatchHeader = 12;  // sequence number, count

using Recent = std::map<std::string, LevelDbEntry, std::less<>>;

// Adds the changes of one record of a write-ahead log.
bool AddBatch(std::string_view batch, Recent* recent) {
  if (batch.size() < kBatchHeader) return false;
  auto sequence = LoadLittleEndian<uint64_t>(AsBytes(batch).data());
  const auto count = LoadLittleEndian<uint32_t>(AsBytes(batch).data() + sizeof(sequence));
  batch.remove_prefix(kBatchHeader);
  for (uint32_t i = 0; i < count; ++i, ++sequence) {
    if (batch.empty()) return false;
    const bool deleted = batch[0] == 0;
    if (!deleted && batch[0] != 1) return false;
    batch.remove_prefix(1);
    std::string_view key;
    std::string_view value;
    if (!TakeSized(&batch, &key) || (!deleted && !TakeSized(&batch, &value))) return false;
    LevelDbEntry& entry = (*recent)[std::string(key)];
    if (sequence < entry.sequence) continue;
    entry = {std::string(key), sequence, deleted, std::string(value)};
  }
  return true;
}

Result<Recent> ReadLogs(const Path& folder, const std::vector<uint64_t>& logs) {
  Recent recent;
  uint64_t room = kMaxLogBytes;
  for (const uint64_t number : logs) {
    char name[32];
    std::snprintf(name, sizeof name, "%06llu.log", static_cast<unsigned long long>(number));
    const Path file = folder / name;
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(file, error);
    HL_TRY(ReadLevelDbLog(file, room, [&](std::string_view batch) {
      return AddBatch(batch, &recent) ? Status()
                                      : Corruption(Printable(file) + ": a batch is damaged");
    }));
    room -= std::min(room, error ? room : size);
  }
  return recent;
}

class LevelDbStore : public KeyValueStore {
 public:
  LevelDbStore(Path folder, LevelDbManifest manifest, Recent recent, uint64_t max_bytes)
      : folder_(std::move(folder)),
        manifest_(std::move(manifest)),
        recent_(std::move(recent)),
        max_bytes_(max_bytes),
        next_recent_(recent_.begin()) {
    for (const auto& level : manifest_.levels) {
      for (const LevelDbTableFile& table : level) waiting_.push_back(&table);
    }
    // The first one is taken from the end.
    std::sort(waiting_.begin(), waiting_.end(),
              [](const auto* a, const auto* b) { return a->smallest > b->smallest; });
  }

  uint64_t size() const override { return 0; }

  Result<std::optional<KeyValue>> Next() override {
    for (;;) {
      HL_ASSIGN(const std::optional<std::string> key, SmallestKey());
      if (!key) return std::optional<KeyValue>();
      LevelDbEntry newest;
      bool any = false;
      const auto consider = [&](const LevelDbEntry& entry) {
        if (!any || entry.sequence > newest.sequence) newest = entry;
        any = true;
      };
      if (next_recent_ != recent_.end() && next_recent_->first == *key) {
        consider(next_recent_->second);
        ++next_recent_;
      }
      for (auto cursor = cursors_.begin(); cursor != cursors_.end();) {
        bool more = true;
        while (more && cursor->entry().key == *key) {
          consider(cursor->entry());
          HL_ASSIGN(more, cursor->Next());
        }
        cursor = more ? std::next(cursor) : cursors_.erase(cursor);
      }
      if (!newest.deleted) return std::optional(RecordOf(std::move(newest)));
    }
  }

  Result<std::optional<KeyValue>> Get(std::string_view key) const override {
    std::optional<LevelDbEntry> newest;
    if (const auto at = recent_.find(key); at != recent_.end()) newest = at->second;
    for (size_t level = 0; level < kLevelDbLevels; ++level) {
      for (const LevelDbTableFile* file : TablesWith(level, key)) {
        HL_ASSIGN(const auto table, OpenTable(file->number));
        HL_ASSIGN(std::optional<LevelDbEntry> found, table->Find(key));
        if (found && (!newest || found->sequence > newest->sequence)) newest = std::move(found);
      }
    }
    if (!newest || newest->deleted) return std::optional<KeyValue>();
    return std::optional(RecordOf(std::move(*newest)));
  }

 private:
  KeyValue RecordOf(LevelDbEntry entry) const {
    KeyValue record{std::move(entry.key), std::move(entry.value), {}};
    if (record.value.size() > max_bytes_) {
      record.problem = InvalidArgument(std::to_string(record.value.size()) +
                                       " bytes, over the limit of " + std::to_string(max_bytes_));
      record.value.clear();
    }
    return record;
  }

  // The least key that is left; opens the tables that may have it.
  Result<std::optional<std::string>> SmallestKey() {
    std::optional<std::string> least;
    const auto consider = [&](const std::string& key) {
      if (!least || key < *least) least = key;
    };
    if (next_recent_ != recent_.end()) consider(next_recent_->first);
    for (const LevelDbTableCursor& cursor : cursors_) consider(cursor.entry().key);
    while (!waiting_.empty() && (!least || waiting_.back()->smallest <= *least)) {
      HL_ASSIGN(auto table, OpenTable(waiting_.back()->number));
      LevelDbTableCursor cursor(std::move(table));
      HL_ASSIGN(const bool any, cursor.Next());
      if (any && cursor.entry().key != waiting_.back()->smallest)
        return Corruption(Printable(folder_) + ": table " +
                          std::to_string(waiting_.back()->number) +
                          " does not begin as the manifest says");
      waiting_.pop_back();
      if (!any) continue;
      consider(cursor.entry().key);
      cursors_.push_back(std::move(cursor));
    }
    return least;
  }

  std::vector<const LevelDbTableFile*> TablesWith(size_t level, std::string_view key) const {
    const auto& tables = manifest_.levels[level];
    auto at = tables.begin();
    if (level > 0) {
      at = std::lower_bound(tables.begin(), tables.end(), key,
                            [](const LevelDbTableFile& table, std::string_view wanted) {
                              return table.largest < wanted;
                            });
    }
    std::vector<const LevelDbTableFile*> with;
    // Two neighbours may share a key, at different times.
    for (; at != tables.end() && (level == 0 || at->smallest <= key); ++at) {
      if (at->smallest <= key && at->largest >= key) with.push_back(&*at);
    }
    return with;
  }

  Result<std::shared_ptr<const LevelDbTable>> OpenTable(uint64_t number) const {
    {
      const std::lock_guard lock(mutex_);
      for (auto at = open_.begin(); at != open_.end(); ++at) {
        if (at->first != number) continue;
        open_.splice(open_.begin(), open_, at);
        return at->second;
      }
    }
    char name[32];
    std::snprintf(name, sizeof name, "%06llu.ldb", static_cast<unsigned long long>(number));
    auto table = LevelDbTable::Open(folder_ / name);
    if (!table.ok() && table.status().code() == StatusCode::kNotFound) {
      // As LevelDB before 1.14 called them.
      auto older = LevelDbTable::Open((folder_ / name).replace_extension(".sst"));
      if (older.ok() || older.status().code() != StatusCode::kNotFound) table = std::move(older);
    }
    if (!table.ok()) return table.status();
    const std::lock_guard lock(mutex_);
    open_.emplace_front(number, *table);
    if (open_.size() > kOpenTables) open_.pop_back();
    return table;
  }

  Path folder_;
  LevelDbManifest manifest_;
  Recent recent_;  // what the logs say
  uint64_t max_bytes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_; used last, first.
  mutable std::list<std::pair<uint64_t, std::shared_ptr<const LevelDbTable>>> open_;
  // Of Next.
  Recent::const_iterator next_recent_;
  std::vector<const LevelDbTableFile*> waiting_;  // tables not begun, the last key first
  std::list<LevelDbTableCursor> cursors_;
};

}  // namespace

Result<std::unique_ptr<KeyValueStore>> OpenLevelDb(const Path& folder, uint64_t max_bytes) {
  HL_ASSIGN(LevelDbManifest manifest, ReadLevelDbManifest(folder));
  HL_ASSIGN(Recent recent, ReadLogs(folder, manifest.logs));
  return std::unique_ptr<KeyValueStore>(
      std::make_unique<LevelDbStore>(folder, std::move(manifest), std::move(recent), max_bytes));
}

}  // namespace hashlens
