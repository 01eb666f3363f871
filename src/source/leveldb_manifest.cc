#include "source/leveldb_manifest.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/try.h"
#include "source/leveldb_log.h"
#include "source/varint.h"

namespace hashlens {
namespace {

constexpr uint64_t kMaxManifestBytes = uint64_t{1} << 30;
constexpr size_t kMaxCurrentBytes = 4096;
constexpr char kComparator[] = "leveldb.BytewiseComparator";

// Fields of an edit.
enum Tag : uint64_t {
  kComparatorName = 1,
  kLogNumber = 2,
  kNextFile = 3,
  kLastSequence = 4,
  kCompactPointer = 5,
  kDeletedFile = 6,
  kNewFile = 7,
  kPreviousLog = 9,
};

struct Edits {
  std::map<std::pair<uint64_t, uint64_t>, LevelDbTableFile> files;  // by level and number
  uint64_t log = 0;
  uint64_t previous_log = 0;
};

bool TakeKey(std::string_view* text, std::string_view* key) {
  if (!TakeSized(text, key) || key->size() < kLevelDbTrailer) return false;
  key->remove_suffix(kLevelDbTrailer);
  return true;
}

// Adds what one record of the manifest says.
Status Apply(const Path& file, std::string_view edit, Edits* edits) {
  const Status damaged = Corruption(Printable(file) + ": an entry is damaged");
  while (!edit.empty()) {
    uint64_t tag = 0;
    uint64_t level = 0;
    uint64_t number = 0;
    std::string_view text;
    if (!TakeVarint(&edit, &tag)) return damaged;
    switch (tag) {
      case kComparatorName:
        if (!TakeSized(&edit, &text)) return damaged;
        if (text != kComparator)
          return Unsupported(Printable(file) + ": keys are in the order of " + Printable(text) +
                             ", and only that of " + kComparator + " is known");
        break;
      case kLogNumber:
        if (!TakeVarint(&edit, &edits->log)) return damaged;
        break;
      case kPreviousLog:
        if (!TakeVarint(&edit, &edits->previous_log)) return damaged;
        break;
      case kNextFile:
      case kLastSequence:
        if (!TakeVarint(&edit, &number)) return damaged;
        break;
      case kCompactPointer:
        if (!TakeVarint(&edit, &level) || !TakeSized(&edit, &text)) return damaged;
        break;
      case kDeletedFile:
        if (!TakeVarint(&edit, &level) || !TakeVarint(&edit, &number)) return damaged;
        edits->files.erase({level, number});
        break;
      case kNewFile: {
        uint64_t bytes = 0;
        std::string_view smallest;
        std::string_view largest;
        if (!TakeVarint(&edit, &level) || !TakeVarint(&edit, &number) ||
            !TakeVarint(&edit, &bytes) || !TakeKey(&edit, &smallest) || !TakeKey(&edit, &largest) ||
            level >= kLevelDbLevels)
          return damaged;
        edits->files[{level, number}] = {number, std::string(smallest), std::string(largest)};
        break;
      }
      default:
        return Unsupported(Printable(file) + ": not a LevelDB that can be read (field " +
                           std::to_string(tag) + "); RocksDB's look alike");
    }
  }
  return {};
}

// The file that CURRENT names.
Result<Path> CurrentManifest(const Path& folder) {
  const Path current = folder / "CURRENT";
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(current, kMaxCurrentBytes));
  std::string name(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!name.starts_with("MANIFEST-") || !name.ends_with('\n') ||
      name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
    return Corruption(Printable(current) + ": names no manifest");
  name.pop_back();
  return folder / name;
}

// The logs of a folder from `first` on, and `previous`.
Result<std::vector<uint64_t>> LogsIn(const Path& folder, uint64_t first, uint64_t previous) {
  HL_ASSIGN(const std::vector<std::string> names, ListFolder(folder));
  std::vector<uint64_t> logs;
  for (const std::string& name : names) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || std::string_view(end) != ".log") continue;
    if (number >= first || number == previous) logs.push_back(number);
  }
  std::sort(logs.begin(), logs.end());
  return logs;
}

}  // namespace

Result<LevelDbManifest> ReadLevelDbManifest(const Path& folder) {
  HL_ASSIGN(const Path file, CurrentManifest(folder));
  Edits edits;
  HL_TRY(ReadLevelDbLog(file, kMaxManifestBytes,
                        [&](std::string_view edit) { return Apply(file, edit, &edits); }));
  LevelDbManifest manifest;
  for (auto& [place, table] : edits.files) manifest.levels[place.first].push_back(std::move(table));
  for (size_t level = 1; level < kLevelDbLevels; ++level) {
    auto& tables = manifest.levels[level];
    std::sort(tables.begin(), tables.end(),
              [](const auto& a, const auto& b) { return a.smallest < b.smallest; });
  }
  HL_ASSIGN(manifest.logs, LogsIn(folder, edits.log, edits.previous_log));
  return manifest;
}

}  // namespace hashlens
