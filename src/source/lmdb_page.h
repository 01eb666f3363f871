// Pages of an LMDB data file (data format 1 of LMDB 0.9, little-endian, 64-bit), each read from the
// file and checked before use. Internal to src/source.
#ifndef HASHLENS_SOURCE_LMDB_PAGE_H_
#define HASHLENS_SOURCE_LMDB_PAGE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace hashlens {

// What the newest state of the file says of its main database.
struct LmdbMeta {
  uint32_t page_bytes = 0;
  uint16_t flags = 0;  // of the main database: how it orders keys
  uint64_t entries = 0;
  uint64_t root = 0;  // number of its first page; kNoPage when it is empty
  uint64_t transaction = 0;
};
inline constexpr uint64_t kLmdbNoPage = ~uint64_t{0};

// The newer of the file's two meta pages. kInvalidArgument when it is no LMDB file; kCorruption
// when one of them is not there; kUnsupported for another version or byte order.
Result<LmdbMeta> ReadLmdbMeta(const OpenedFile& file);

// A branch or a leaf of the tree.
class LmdbPage {
 public:
  // kCorruption when it is none, or points out of itself.
  static Result<LmdbPage> Read(const OpenedFile& file, uint32_t page_bytes, uint64_t number);

  bool leaf() const { return leaf_; }
  size_t entries() const { return offsets_.size(); }
  // The views die with the page. The first key of a branch says nothing.
  std::string_view Key(size_t i) const;
  // Of a branch: the page below.
  uint64_t Child(size_t i) const;

  // Of a leaf: where its value is.
  struct Value {
    uint32_t size = 0;
    bool plain = true;            // else of another kind: a database of its own, several values
    std::string_view here;        // in the page
    uint64_t page = kLmdbNoPage;  // or in pages of its own, from this one on
  };
  Value ValueAt(size_t i) const;

 private:
  std::vector<std::byte> bytes_;
  std::vector<uint16_t> offsets_;
  bool leaf_ = false;
};

// Reads a value in pages of its own.
Status ReadLmdbOverflow(const OpenedFile& file, uint32_t page_bytes, const LmdbPage::Value& value,
                        std::string* out);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_LMDB_PAGE_H_
