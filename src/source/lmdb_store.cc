// LMDB, read without liblmdb: that maps the file, believes its bytes, and wants to write beside it.
#include <algorithm>

#include "base/try.h"
#include "source/key_value_store.h"
#include "source/lmdb_page.h"

namespace hashlens {
namespace {

constexpr size_t kMaxDepth = 32;

class LmdbStore : public KeyValueStore {
 public:
  LmdbStore(OpenedFile file, const LmdbMeta& meta, uint64_t max_bytes)
      : file_(std::move(file)), meta_(meta), max_bytes_(max_bytes) {}

  uint64_t size() const override { return meta_.entries; }

  Result<std::optional<KeyValue>> Next() override {
    HL_ASSIGN(const bool more, Advance());
    if (!more) {
      if (given_ == meta_.entries) return std::optional<KeyValue>();
      return Corruption(Printable(file_.path) + ": has " + std::to_string(given_) +
                        " records in the place of " + std::to_string(meta_.entries));
    }
    const auto& [page, i] = way_.back();
    HL_ASSIGN(KeyValue record, RecordAt(page, i));
    if (given_ > 0 && record.key <= last_key_)
      return Corruption(Printable(file_.path) + ": its keys are out of order");
    last_key_ = record.key;
    ++given_;
    return std::optional(std::move(record));
  }

  Result<std::optional<KeyValue>> Get(std::string_view key) const override {
    uint64_t number = meta_.root;
    if (number == kLmdbNoPage) return std::optional<KeyValue>();
    for (size_t depth = 0; depth < kMaxDepth; ++depth) {
      HL_ASSIGN(const LmdbPage page, LmdbPage::Read(file_, meta_.page_bytes, number));
      // The first of these indices whose key is not less.
      size_t low = page.leaf() ? 0 : 1;
      for (size_t high = page.entries(); low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (page.Key(middle) < key) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      const bool equal = low < page.entries() && page.Key(low) == key;
      if (page.leaf()) {
        if (!equal) return std::optional<KeyValue>();
        HL_ASSIGN(KeyValue record, RecordAt(page, low));
        return std::optional(std::move(record));
      }
      number = page.Child(equal ? low : low - 1);
    }
    return TooDeep();
  }

 private:
  struct Step {
    LmdbPage page;
    size_t i = 0;
  };

  Status TooDeep() const {
    return Corruption(Printable(file_.path) + ": its tree is deeper than " +
                      std::to_string(kMaxDepth) + " pages");
  }

  // Pages that point at each other in circles would be read for ever.
  Status Enter(uint64_t number) {
    if (way_.size() >= kMaxDepth) return TooDeep();
    if (++entered_ > file_.stamp.size / meta_.page_bytes)
      return Corruption(Printable(file_.path) + ": its pages go in circles");
    HL_ASSIGN(LmdbPage page, LmdbPage::Read(file_, meta_.page_bytes, number));
    way_.push_back({std::move(page), 0});
    return {};
  }

  // The way leads to the next record; false at the end.
  Result<bool> Advance() {
    if (!begun_) {
      begun_ = true;
      if (meta_.root == kLmdbNoPage) return false;
      HL_TRY(Enter(meta_.root));
    } else if (!way_.empty()) {
      ++way_.back().i;
    }
    while (!way_.empty()) {
      Step& step = way_.back();
      if (step.i >= step.page.entries()) {
        way_.pop_back();
        if (!way_.empty()) ++way_.back().i;
      } else if (step.page.leaf()) {
        return true;
      } else {
        HL_TRY(Enter(step.page.Child(step.i)));
      }
    }
    return false;
  }

  Result<KeyValue> RecordAt(const LmdbPage& page, size_t i) const {
    KeyValue record;
    record.key = page.Key(i);
    const LmdbPage::Value value = page.ValueAt(i);
    if (!value.plain) {
      record.problem = Unsupported("a database within the database, not a value");
    } else if (value.size > max_bytes_) {
      record.problem = InvalidArgument(std::to_string(value.size) + " bytes, over the limit of " +
                                       std::to_string(max_bytes_));
    } else if (value.page != kLmdbNoPage) {
      HL_TRY(ReadLmdbOverflow(file_, meta_.page_bytes, value, &record.value));
    } else {
      record.value = value.here;
    }
    return record;
  }

  OpenedFile file_;
  LmdbMeta meta_;
  uint64_t max_bytes_;
  // Of Next.
  bool begun_ = false;
  std::vector<Step> way_;  // from the root to where it is
  uint64_t entered_ = 0;
  uint64_t given_ = 0;
  std::string last_key_;
};

}  // namespace

Result<std::unique_ptr<KeyValueStore>> OpenLmdb(const Path& path, uint64_t max_bytes) {
  std::error_code error;
  const Path data = std::filesystem::is_directory(path, error) ? path / "data.mdb" : path;
  HL_ASSIGN(OpenedFile file, OpenRegularFile(data));
  HL_ASSIGN(const LmdbMeta meta, ReadLmdbMeta(file));
  if (meta.flags != 0)
    return Unsupported(Printable(data) +
                       ": an LMDB whose keys are numbers, in reverse, or have several values; "
                       "Caffe's have none of these");
  return std::unique_ptr<KeyValueStore>(
      std::make_unique<LmdbStore>(std::move(file), meta, max_bytes));
}

}  // namespace hashlens
