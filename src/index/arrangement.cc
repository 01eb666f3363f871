#include "index/arrangement.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/crc32c.h"
#include "base/guard.h"
#include "base/try.h"

namespace hashlens {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are kept as they lie in memory");

constexpr std::string_view kMagic = "HLARRANG";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 64;
constexpr double kThousand = 1000;
constexpr size_t kVerifyBytes = 1 << 20;
constexpr uint64_t kMaxRows = std::numeric_limits<uint32_t>::max();

uint64_t PaddedWords(uint64_t rows, int bits) {
  const uint64_t words = (static_cast<uint64_t>(bits) + 63) / 64;
  return (rows + kGroupRows - 1) / kGroupRows * kGroupRows * words;
}

// No product can pass 2^64: rows are below 2^32.
uint64_t FileBytes(int bits, uint64_t rows, uint64_t codes, uint64_t groups) {
  return kHeaderBytes + (PaddedWords(codes, bits) + PaddedWords(groups, bits)) * sizeof(uint64_t) +
         (rows + codes + 1 + groups + 1) * sizeof(uint32_t) + codes * sizeof(uint16_t);
}

// Calls use(bytes) for every part of the body, in the order of the file; `parts` is an Arrangement,
// const or not.
template <class Pieces, class Parts, class Use>
Status ForEachPart(const Pieces& codes, const Pieces& centres, Parts& parts, const Use& use) {
  for (const auto& piece : codes) HL_TRY(use(piece));
  for (const auto& piece : centres) HL_TRY(use(piece));
  HL_TRY(use(std::span(parts.rows)));
  HL_TRY(use(std::span(parts.starts)));
  HL_TRY(use(std::span(parts.groups)));
  return use(std::span(parts.radii));
}

// From 0 to `end`, and never back.
bool Ascends(const std::vector<uint32_t>& starts, uint64_t end) {
  return starts.front() == 0 && starts.back() == end &&
         std::is_sorted(starts.begin(), starts.end());
}

bool NoneIsEmpty(const std::vector<uint32_t>& starts) {
  return std::adjacent_find(starts.begin(), starts.end()) == starts.end();
}

// Every row is there once.
bool HoldsAll(const std::vector<uint32_t>& rows) {
  std::vector<uint64_t> seen(rows.size() / 64 + 1);
  for (const uint32_t row : rows) {
    if (row >= rows.size()) return false;
    seen[row / 64] |= uint64_t{1} << (row % 64);
  }
  uint64_t count = 0;
  for (const uint64_t word : seen) count += static_cast<uint64_t>(std::popcount(word));
  return count == rows.size();
}

}  // namespace

uint64_t Arrangement::bytes() const {
  return codes.bytes() + centres.bytes() +
         (rows.size() + starts.size() + groups.size()) * sizeof(uint32_t) +
         radii.size() * sizeof(uint16_t);
}

Status WriteArrangement(const Path& file, const Arrangement& arrangement, uint64_t fingerprint,
                        double work) {
  const auto codes = arrangement.codes.Pieces();
  const auto centres = arrangement.centres.Pieces();
  uint32_t crc = 0;
  HL_TRY(ForEachPart(codes, centres, arrangement, [&](const auto& part) -> Status {
    crc = Crc32c(std::as_bytes(part), crc);
    return {};
  }));
  std::string header(kMagic);
  PutLittleEndian(&header, kVersion);
  PutLittleEndian(&header, static_cast<uint32_t>(arrangement.codes.bits()));
  PutLittleEndian(&header, uint64_t{arrangement.rows.size()});
  PutLittleEndian(&header, arrangement.codes.rows());
  PutLittleEndian(&header, arrangement.centres.rows());
  PutLittleEndian(&header, fingerprint);
  PutLittleEndian(&header, crc);
  PutLittleEndian(&header, static_cast<uint32_t>(std::lround(work * kThousand)));
  header.resize(kHeaderBytes - sizeof(uint32_t));
  PutLittleEndian(&header, Crc32c(AsBytes(header)));
  return ReplaceFile(file, [&](FileWriter* writer) -> Status {
    HL_TRY(writer->Append(AsBytes(header)));
    return ForEachPart(codes, centres, arrangement,
                       [&](const auto& part) { return writer->Append(std::as_bytes(part)); });
  });
}

Result<ArrangementFile> ArrangementFile::Open(const Path& path) {
  ArrangementFile opened;
  auto file = OpenRegularFile(path);
  if (file.status().code() == StatusCode::kInvalidArgument)
    return Corruption(file.status().message());
  if (!file.ok()) return file.status();
  opened.file_ = std::move(*file);
  const std::string name = Printable(path) + ": ";
  if (opened.file_.stamp.size < kHeaderBytes)
    return Corruption(name + "cut short: no whole header");
  std::array<std::byte, kHeaderBytes> header;
  HL_TRY(opened.file_.ReadAt(0, header));
  if (!std::ranges::equal(ByteSpan(header).first(kMagic.size()), AsBytes(kMagic)))
    return Corruption(name + "not an arrangement of codes");
  if (LoadLittleEndian<uint32_t>(&header[60]) != Crc32c(ByteSpan(header).first(60)))
    return Corruption(name + "header: checksum mismatch");
  const auto version = LoadLittleEndian<uint32_t>(&header[8]);
  if (version > kVersion) {
    return Unsupported(name + "made by a newer version of hashlens (arrangement version " +
                       std::to_string(version) + "): update hashlens");
  }
  const auto bits = LoadLittleEndian<uint32_t>(&header[12]);
  opened.rows_ = LoadLittleEndian<uint64_t>(&header[16]);
  opened.codes_ = LoadLittleEndian<uint64_t>(&header[24]);
  opened.groups_ = LoadLittleEndian<uint64_t>(&header[32]);
  opened.fingerprint_ = LoadLittleEndian<uint64_t>(&header[40]);
  opened.crc_ = LoadLittleEndian<uint32_t>(&header[48]);
  const auto work = LoadLittleEndian<uint32_t>(&header[52]);
  opened.work_ = work / kThousand;
  if (version != kVersion || work > kThousand || bits < kMinBits || bits > kMaxBits ||
      opened.rows_ < 1 || opened.rows_ > kMaxRows || opened.codes_ < 1 ||
      opened.codes_ > opened.rows_ || opened.groups_ < 1 ||
      opened.groups_ > std::min(opened.codes_, CodeBlocks::kChunkRows))
    return Corruption(name + "header: fields out of range");
  opened.bits_ = static_cast<int>(bits);
  if (opened.file_.stamp.size !=
      FileBytes(opened.bits_, opened.rows_, opened.codes_, opened.groups_))
    return Corruption(name + std::to_string(opened.file_.stamp.size) +
                      " bytes are not the size that its header says");
  return opened;
}

Result<Arrangement> ArrangementFile::Read() const {
  return GuardExceptions([&]() -> Result<Arrangement> {
    Arrangement arrangement(bits_);
    std::vector<std::span<uint64_t>> codes;
    std::vector<std::span<uint64_t>> centres;
    arrangement.codes = CodeBlocks::Zeros(bits_, codes_, &codes);
    arrangement.centres = CodeBlocks::Zeros(bits_, groups_, &centres);
    arrangement.rows.resize(rows_);
    arrangement.starts.resize(codes_ + 1);
    arrangement.groups.resize(groups_ + 1);
    arrangement.radii.resize(codes_);
    uint64_t offset = kHeaderBytes;
    uint32_t crc = 0;
    const auto read_part = [&](const auto& part) -> Status {
      const auto bytes = std::as_writable_bytes(part);
      HL_TRY(file_.ReadAt(offset, bytes));
      crc = Crc32c(bytes, crc);
      offset += bytes.size();
      return {};
    };
    HL_TRY(ForEachPart(codes, centres, arrangement, read_part));
    if (crc != crc_) return Corruption(Printable(file_.path) + ": checksum mismatch");
    HL_TRY(CheckNumbers(arrangement));
    return arrangement;
  });
}

Status ArrangementFile::Verify() const {
  std::vector<std::byte> piece(kVerifyBytes);
  uint32_t crc = 0;
  for (uint64_t offset = kHeaderBytes; offset < file_.stamp.size; offset += piece.size()) {
    const uint64_t left = file_.stamp.size - offset;
    if (left < piece.size()) piece.resize(left);
    HL_TRY(file_.ReadAt(offset, piece));
    crc = Crc32c(piece, crc);
  }
  return crc == crc_ ? Status() : Corruption(Printable(file_.path) + ": checksum mismatch");
}

Status ArrangementFile::CheckNumbers(const Arrangement& arrangement) const {
  bool fits = Ascends(arrangement.starts, rows_) && NoneIsEmpty(arrangement.starts) &&
              Ascends(arrangement.groups, codes_) && HoldsAll(arrangement.rows);
  const auto radius = arrangement.radii.begin();
  for (uint64_t g = 0; fits && g < groups_; ++g)
    fits = std::is_sorted(radius + arrangement.groups[g], radius + arrangement.groups[g + 1]);
  if (fits) return {};
  return Corruption(Printable(file_.path) + ": numbers out of range or out of order");
}

}  // namespace hashlens
