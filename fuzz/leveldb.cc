// LevelDB folders (source/key_value_store.h). The input is a list of parts, each a letter, a length
// of two bytes and so many bytes; a folder is made of them with checksums that fit:
//   M  a record of the manifest             L  a record of the write-ahead log
//   B  a block of the table, as it is       S  the same, said to be compressed by Snappy
//   I  the block that is the table's index; without one, an index of all blocks is made
//   T  what follows is of the next table
//   m l t  the whole manifest, log or table as it is
#include <array>
#include <vector>

#include "base/crc32c.h"
#include "fuzz/input.h"
#include "fuzz/read_all.h"
#include "fuzz/scratch_file.h"
#include "source/varint.h"

namespace hashlens {
namespace {

constexpr size_t kTables = 3;
constexpr int kFirstTable = 5;  // 000005.ldb
constexpr uint64_t kTableMagic = 0xdb4775248b80fb57;

uint32_t MaskedCrc(std::string_view bytes) {
  const uint32_t crc = Crc32c(AsBytes(bytes));
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

// Of less than a block of the log: 32 KiB.
void PutLogRecord(std::string_view record, std::string* log) {
  if (log->size() + record.size() + 7 > 32'768) return;
  const std::string checked = '\x01' + std::string(record);
  PutLittleEndian(log, MaskedCrc(checked));
  PutLittleEndian(log, static_cast<uint16_t>(record.size()));
  *log += checked;
}

class Table {
 public:
  void AddBlock(std::string_view bytes, bool compressed) {
    blocks_.emplace_back(file_.size(), bytes.size());
    const std::string checked = std::string(bytes) + (compressed ? '\x01' : '\x00');
    file_ += checked;
    PutLittleEndian(&file_, MaskedCrc(checked));
  }
  void SetIndex(std::string_view bytes) { index_ = bytes; }
  void SetWhole(std::string_view bytes) { whole_ = bytes; }

  std::string File() {
    if (!whole_.empty()) return std::string(whole_);
    std::string index(index_);
    if (index.empty()) index = UsualIndex();
    AddBlock(index, false);
    std::string footer;
    PutHandle({0, 0}, &footer);
    PutHandle(blocks_.back(), &footer);
    footer.resize(40);
    PutLittleEndian(&footer, kTableMagic);
    return file_ + footer;
  }

 private:
  using Handle = std::pair<uint64_t, uint64_t>;  // offset and size

  static void PutHandle(const Handle& handle, std::string* out) {
    PutVarint(out, handle.first);
    PutVarint(out, handle.second);
  }
  // Keys that are no less than any of a block.
  std::string UsualIndex() const {
    std::string index;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      std::string value;
      PutHandle(blocks_[i], &value);
      const std::string key = '\xff' + std::string(1, static_cast<char>(i)) + std::string(8, '\0');
      PutVarint(&index, 0);
      PutVarint(&index, key.size());
      PutVarint(&index, value.size());
      index += key + value;
    }
    PutLittleEndian(&index, uint32_t{0});  // no restart points
    return index;
  }

  std::string file_;
  std::vector<Handle> blocks_;
  std::string_view index_;
  std::string_view whole_;
};

void FuzzLevelDb(ByteSpan input) {
  std::string manifest, log;
  std::array<Table, kTables> tables;
  size_t table = 0;
  for (InputTaker taker(input); !taker.empty();) {
    const char kind = static_cast<char>(taker.Byte());
    const std::string_view bytes = taker.LongText();
    if (kind == 'M') PutLogRecord(bytes, &manifest);
    if (kind == 'L') PutLogRecord(bytes, &log);
    if (kind == 'B' || kind == 'S') tables[table].AddBlock(bytes, kind == 'S');
    if (kind == 'I') tables[table].SetIndex(bytes);
    if (kind == 'T') table = std::min(table + 1, kTables - 1);
    if (kind == 'm') manifest = bytes;
    if (kind == 'l') log = bytes;
    if (kind == 't') tables[table].SetWhole(bytes);
  }
  ScratchFile("CURRENT", AsBytes("MANIFEST-000002\n"));
  ScratchFile("MANIFEST-000002", AsBytes(manifest));
  ScratchFile("000003.log", AsBytes(log));
  for (size_t i = 0; i < kTables; ++i) {
    const std::string name = "00000" + std::to_string(kFirstTable + static_cast<int>(i)) + ".ldb";
    ScratchFile(name, AsBytes(tables[i].File()));
  }
  auto store = OpenLevelDb(ScratchFolder(), uint64_t{1} << 20);
  if (store.ok()) ReadAllRecords(store->get());
}

const FuzzTarget kLevelDb("leveldb", FuzzLevelDb);

}  // namespace
}  // namespace hashlens
