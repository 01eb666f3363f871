#include "source/leveldb_table.h"

#include <snappy.h>

#include <algorithm>

#include "base/try.h"
#include "source/leveldb_log.h"
#include "source/leveldb_manifest.h"
#include "source/varint.h"

namespace hashlens {
namespace {

constexpr size_t kFooterBytes = 48;
constexpr uint64_t kMagic = 0xdb4775248b80fb57;
constexpr size_t kBlockTrailer = 5;  // type, checksum
constexpr uint64_t kMaxBlockBytes = uint64_t{1} << 30;
// Snappy's densest element copies 64 bytes and takes 3: no block becomes larger by more.
constexpr uint64_t kMaxSnappyGrowth = 22;
enum Compression : uint8_t { kStored = 0, kSnappy = 1 };
constexpr uint8_t kDeletion = 0;
constexpr uint8_t kValue = 1;

}  // namespace

bool LevelDbBlock::Start(std::string bytes) {
  if (bytes.size() < sizeof(uint32_t)) return false;
  const size_t most = bytes.size() / sizeof(uint32_t) - 1;
  const auto restarts = LoadLittleEndian<uint32_t>(AsBytes(bytes).last(sizeof(uint32_t)).data());
  if (restarts > most) return false;
  end_ = bytes.size() - (size_t{restarts} + 1) * sizeof(uint32_t);
  bytes_ = std::move(bytes);
  at_ = 0;
  key_.clear();
  damaged_ = false;
  return true;
}

bool LevelDbBlock::Next() {
  if (at_ >= end_) return false;
  std::string_view rest = std::string_view(bytes_).substr(at_, end_ - at_);
  uint64_t shared = 0;
  uint64_t own = 0;
  uint64_t size = 0;
  damaged_ = !TakeVarint(&rest, &shared) || !TakeVarint(&rest, &own) || !TakeVarint(&rest, &size) ||
             shared > key_.size() || own > rest.size() || size > rest.size() - own;
  if (damaged_) {
    at_ = end_;
    return false;
  }
  key_.resize(shared);
  key_ += rest.substr(0, own);
  value_ = rest.substr(own, size);
  at_ = end_ - rest.size() + own + size;
  return true;
}

Status LevelDbTable::Damaged(const std::string& why) const {
  return Corruption(Printable(file_.path) + ": " + why);
}

bool LevelDbTable::TakeHandle(std::string_view* text, Handle* handle) {
  return TakeVarint(text, &handle->offset) && TakeVarint(text, &handle->size);
}

Result<std::string> LevelDbTable::ReadBytes(const Handle& handle) const {
  const std::string where = "the block at offset " + std::to_string(handle.offset);
  const uint64_t size = file_.stamp.size;
  if (handle.size > kMaxBlockBytes || handle.offset > size ||
      handle.size + kBlockTrailer > size - handle.offset)
    return Damaged(where + " lies outside of it");
  std::string bytes(handle.size + kBlockTrailer, '\0');
  HL_TRY(file_.ReadAt(handle.offset, std::as_writable_bytes(std::span(bytes))));
  const ByteSpan checked = AsBytes(bytes).first(handle.size + 1);
  if (!LevelDbChecksumFits(checked, LoadLittleEndian<uint32_t>(checked.data() + checked.size())))
    return Damaged(where + " is not as it was written");
  const auto type = static_cast<uint8_t>(bytes[handle.size]);
  bytes.resize(handle.size);
  if (type == kStored) return bytes;
  if (type != kSnappy)
    return Unsupported(Printable(file_.path) + ": compressed in way " + std::to_string(type) +
                       ", and only Snappy is known");
  size_t whole = 0;
  if (!snappy::GetUncompressedLength(bytes.data(), bytes.size(), &whole) ||
      whole > kMaxBlockBytes || whole > bytes.size() * kMaxSnappyGrowth)
    return Damaged(where + " is not compressed as it says");
  std::string out(whole, '\0');
  if (!snappy::RawUncompress(bytes.data(), bytes.size(), out.data()))
    return Damaged(where + " is not compressed as it says");
  return out;
}

Status LevelDbTable::ReadIndex() {
  if (file_.stamp.size < kFooterBytes) return Damaged("too short for a table");
  std::string footer(kFooterBytes, '\0');
  HL_TRY(file_.ReadAt(file_.stamp.size - kFooterBytes, std::as_writable_bytes(std::span(footer))));
  if (LoadLittleEndian<uint64_t>(AsBytes(footer).last(sizeof(uint64_t)).data()) != kMagic)
    return Damaged("does not end as a LevelDB table does");
  std::string_view rest = footer;
  Handle ignored;  // of filters
  Handle index;
  if (!TakeHandle(&rest, &ignored) || !TakeHandle(&rest, &index))
    return Damaged("its footer is damaged");
  HL_ASSIGN(std::string bytes, ReadBytes(index));
  LevelDbBlock block;
  if (!block.Start(std::move(bytes))) return Damaged("its index is damaged");
  while (block.Next()) {
    IndexEntry entry;
    std::string_view handle = block.value();
    if (block.key().size() < kLevelDbTrailer || !TakeHandle(&handle, &entry.block))
      return Damaged("its index is damaged");
    entry.last_key = block.key().substr(0, block.key().size() - kLevelDbTrailer);
    if (!index_.empty() && entry.last_key < index_.back().last_key)
      return Damaged("its index is out of order");
    index_.push_back(std::move(entry));
  }
  return block.damaged() ? Damaged("its index is damaged") : Status();
}

Result<std::shared_ptr<const LevelDbTable>> LevelDbTable::Open(const Path& file) {
  HL_ASSIGN(OpenedFile opened, OpenRegularFile(file));
  std::shared_ptr<LevelDbTable> table(new LevelDbTable(std::move(opened)));
  HL_TRY(table->ReadIndex());
  return std::shared_ptr<const LevelDbTable>(std::move(table));
}

Result<LevelDbBlock> LevelDbTable::ReadBlock(size_t i) const {
  HL_ASSIGN(std::string bytes, ReadBytes(index_[i].block));
  LevelDbBlock block;
  if (!block.Start(std::move(bytes)))
    return Damaged("the block at offset " + std::to_string(index_[i].block.offset) + " is damaged");
  return block;
}

size_t LevelDbTable::BlockOf(std::string_view key) const {
  const auto at = std::lower_bound(
      index_.begin(), index_.end(), key,
      [](const IndexEntry& entry, std::string_view wanted) { return entry.last_key < wanted; });
  return static_cast<size_t>(at - index_.begin());
}

Result<std::optional<LevelDbEntry>> LevelDbTable::Find(std::string_view key) const {
  // The newest entry comes first, but may stand in the block after one that ends with the key
  // before.
  for (size_t i = BlockOf(key); i < blocks(); ++i) {
    HL_ASSIGN(LevelDbBlock block, ReadBlock(i));
    while (block.Next()) {
      const std::string_view internal = block.key();
      if (internal.size() < kLevelDbTrailer) return Damaged("a key is too short");
      const std::string_view found = internal.substr(0, internal.size() - kLevelDbTrailer);
      if (found < key) continue;
      if (found > key) return std::optional<LevelDbEntry>();
      LevelDbEntry entry;
      if (!SplitLevelDbKey(internal, block.value(), &entry)) return Damaged("a key is damaged");
      return std::optional(std::move(entry));
    }
    if (block.damaged()) return Damaged("a block is damaged");
  }
  return std::optional<LevelDbEntry>();
}

bool SplitLevelDbKey(std::string_view internal, std::string_view value, LevelDbEntry* entry) {
  if (internal.size() < kLevelDbTrailer) return false;
  const size_t key_size = internal.size() - kLevelDbTrailer;
  const auto trailer = LoadLittleEndian<uint64_t>(AsBytes(internal).data() + key_size);
  const auto kind = static_cast<uint8_t>(trailer & 0xff);
  if (kind != kDeletion && kind != kValue) return false;
  entry->key = internal.substr(0, key_size);
  entry->sequence = trailer >> 8;
  entry->deleted = kind == kDeletion;
  entry->value = value;
  return true;
}

Result<bool> LevelDbTableCursor::Next() {
  while (!block_.Next()) {
    if (block_.damaged()) return table_->Damaged("a block is damaged");
    if (next_block_ == table_->blocks()) return false;
    HL_ASSIGN(block_, table_->ReadBlock(next_block_++));
  }
  LevelDbEntry next;
  if (!SplitLevelDbKey(block_.key(), block_.value(), &next))
    return table_->Damaged("a key is damaged");
  const bool ordered =
      next.key > entry_.key || (next.key == entry_.key && next.sequence < entry_.sequence);
  if (any_ && !ordered) return table_->Damaged("its keys are out of order");
  any_ = true;
  entry_ = std::move(next);
  return true;
}

}  // namespace hashlens
