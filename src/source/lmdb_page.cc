#include "source/lmdb_page.h"

#include <bit>

#include "base/try.h"

namespace hashlens {
namespace {

// A page starts with its number, then:
constexpr size_t kFlagsAt = 10;
constexpr size_t kLowerAt = 12;
constexpr size_t kHeaderBytes = 16;  // of each page, and the magic number of a meta page follows
constexpr size_t kNodeBytes = 8;     // of an entry before its key
constexpr uint16_t kBranch = 1;
constexpr uint16_t kLeaf = 2;
constexpr uint16_t kOverflow = 4;
constexpr uint16_t kMeta = 8;
constexpr uint16_t kLeaf2 = 32;  // keys only, of a database with several values a key
// Of a leaf's entry.
constexpr uint16_t kBigData = 1;
constexpr uint16_t kOtherKinds = 2 | 4;

constexpr uint32_t kMagic = 0xbeefc0de;
constexpr size_t kMetaBytes = 136;
constexpr size_t kPageBytesAt = 24;  // in what follows the header of a meta page
constexpr size_t kMainDbAt = 72;
constexpr size_t kTransactionAt = 128;
constexpr uint32_t kMinPage = 512;
constexpr uint32_t kMaxPage = 65536;

template <typename T>
T At(const std::byte* bytes, size_t offset) {
  return LoadLittleEndian<T>(bytes + offset);
}

Status Damaged(const OpenedFile& file, uint64_t page, const std::string& why) {
  return Corruption(Printable(file.path) + ": page " + std::to_string(page) + ": " + why);
}

// The meta page at `offset`. kCorruption when there is none.
Result<LmdbMeta> MetaAt(const OpenedFile& file, uint64_t offset) {
  std::byte bytes[kHeaderBytes + kMetaBytes];
  HL_TRY(file.ReadAt(offset, bytes));
  const std::byte* const meta = bytes + kHeaderBytes;
  const auto magic = At<uint32_t>(meta, 0);
  const auto version = At<uint32_t>(meta, 4);
  if (magic == 0xdec0efbe)
    return Unsupported(Printable(file.path) + ": an LMDB file of a machine of other byte order");
  if (magic != kMagic || (At<uint16_t>(bytes, kFlagsAt) & kMeta) == 0)
    return Corruption(Printable(file.path) + ": no LMDB meta page");
  if (version != 1)
    return Unsupported(Printable(file.path) + ": LMDB's data format " + std::to_string(version) +
                       ", and only format 1, of LMDB 0.9, can be read");
  LmdbMeta out;
  out.page_bytes = At<uint32_t>(meta, kPageBytesAt);
  out.flags = At<uint16_t>(meta, kMainDbAt + 4);
  out.entries = At<uint64_t>(meta, kMainDbAt + 32);
  out.root = At<uint64_t>(meta, kMainDbAt + 40);
  out.transaction = At<uint64_t>(meta, kTransactionAt);
  if (out.page_bytes < kMinPage || out.page_bytes > kMaxPage ||
      !std::has_single_bit(out.page_bytes))
    return Corruption(Printable(file.path) + ": pages of " + std::to_string(out.page_bytes) +
                      " bytes");
  return out;
}

}  // namespace

Result<LmdbMeta> ReadLmdbMeta(const OpenedFile& file) {
  const Result<LmdbMeta> first = MetaAt(file, 0);
  if (!first.ok() && first.status().code() == StatusCode::kCorruption)
    return InvalidArgument(Printable(file.path) + ": not an LMDB data file");
  HL_TRY(first.status());
  // With one of them lost, what the other says may be long past.
  HL_ASSIGN(const LmdbMeta second, MetaAt(file, first->page_bytes));
  if (second.page_bytes != first->page_bytes)
    return Corruption(Printable(file.path) + ": its two meta pages do not fit together");
  return first->transaction >= second.transaction ? *first : second;
}

Result<LmdbPage> LmdbPage::Read(const OpenedFile& file, uint32_t page_bytes, uint64_t number) {
  if (number < 2 || number >= file.stamp.size / page_bytes)
    return Damaged(file, number, "is pointed at, and is not in the file");
  LmdbPage page;
  page.bytes_.resize(page_bytes);
  HL_TRY(file.ReadAt(number * page_bytes, page.bytes_));
  const std::byte* const bytes = page.bytes_.data();
  const auto flags = At<uint16_t>(bytes, kFlagsAt);
  page.leaf_ = (flags & kLeaf) != 0;
  if (At<uint64_t>(bytes, 0) != number) return Damaged(file, number, "has another number");
  if (page.leaf_ == ((flags & kBranch) != 0) || (flags & (kOverflow | kMeta | kLeaf2)) != 0)
    return Damaged(file, number, "is neither branch nor leaf");
  const size_t lower = At<uint16_t>(bytes, kLowerAt);
  if (lower < kHeaderBytes || lower > page_bytes) return Damaged(file, number, "is damaged");
  for (size_t at = kHeaderBytes; at + sizeof(uint16_t) <= lower; at += sizeof(uint16_t)) {
    const auto offset = At<uint16_t>(bytes, at);
    if (offset < lower || offset + kNodeBytes > page_bytes)
      return Damaged(file, number, "an entry lies outside");
    page.offsets_.push_back(offset);
    size_t size = kNodeBytes + At<uint16_t>(bytes, offset + 6);
    if (page.leaf_) {
      const Value value = offset + size > page_bytes ? Value() : page.ValueAt(page.entries() - 1);
      size += value.page != kLmdbNoPage ? sizeof(uint64_t) : value.size;
    }
    if (offset + size > page_bytes) return Damaged(file, number, "an entry ends outside");
  }
  if (!page.leaf_ && page.offsets_.empty()) return Damaged(file, number, "is an empty branch");
  return page;
}

std::string_view LmdbPage::Key(size_t i) const {
  const std::byte* const node = bytes_.data() + offsets_[i];
  return {reinterpret_cast<const char*>(node) + kNodeBytes, At<uint16_t>(node, 6)};
}

uint64_t LmdbPage::Child(size_t i) const {
  const std::byte* const node = bytes_.data() + offsets_[i];
  return At<uint32_t>(node, 0) | uint64_t{At<uint16_t>(node, 4)} << 32;
}

LmdbPage::Value LmdbPage::ValueAt(size_t i) const {
  const std::byte* const node = bytes_.data() + offsets_[i];
  const auto flags = At<uint16_t>(node, 4);
  const std::byte* const data = node + kNodeBytes + At<uint16_t>(node, 6);
  const size_t room = static_cast<size_t>(bytes_.data() + bytes_.size() - data);
  Value value;
  value.size = At<uint32_t>(node, 0);
  value.plain = (flags & kOtherKinds) == 0;
  if ((flags & kBigData) != 0) {
    value.page = room < sizeof(uint64_t) ? 0 : At<uint64_t>(data, 0);
  } else {
    value.here = {reinterpret_cast<const char*>(data), std::min<size_t>(room, value.size)};
  }
  return value;
}

Status ReadLmdbOverflow(const OpenedFile& file, uint32_t page_bytes, const LmdbPage::Value& value,
                        std::string* out) {
  if (value.page < 2 || value.page >= file.stamp.size / page_bytes)
    return Damaged(file, value.page, "is pointed at, and is not in the file");
  const uint64_t start = value.page * page_bytes;
  if (value.size > file.stamp.size - start - kHeaderBytes)
    return Damaged(file, value.page, "a value goes on beyond the file's end");
  std::byte header[kHeaderBytes];
  HL_TRY(file.ReadAt(start, header));
  if (At<uint64_t>(header, 0) != value.page || (At<uint16_t>(header, kFlagsAt) & kOverflow) == 0)
    return Damaged(file, value.page, "holds no value");
  out->resize(value.size);
  return file.ReadAt(start + kHeaderBytes, std::as_writable_bytes(std::span(*out)));
}

}  // namespace hashlens
