#include "store/code_file.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/bytes.h"
#include "base/code.h"
#include "base/crc32c.h"
#include "base/try.h"

namespace hashlens {
namespace {

constexpr std::string_view kMagic("HLCODES\0", 8);
constexpr uint32_t kVersion = 1;

bool StrictlyAscending(const std::vector<uint64_t>& ids) {
  return std::ranges::adjacent_find(ids, [](uint64_t a, uint64_t b) { return a >= b; }) ==
         ids.end();
}

// Bits beyond `bits` in the last byte of a code.
bool UnusedBitsAreZero(std::span<const uint8_t> codes, int bits) {
  if (bits % 8 == 0) return true;
  const size_t stride = CodeBytes(bits);
  for (size_t last = stride - 1; last < codes.size(); last += stride) {
    if (codes[last] >> (bits % 8) != 0) return false;
  }
  return true;
}

// Why the segment cannot be one; empty when it can.
std::string Fault(const SegmentCodes& segment) {
  if (!StrictlyAscending(segment.ids)) return "ids are not strictly ascending";
  if (!UnusedBitsAreZero(segment.codes, segment.bits)) return "unused bits of a code are not zero";
  return "";
}

}  // namespace

Status WriteCodeFile(const Path& path, const SegmentCodes& segment) {
  if (segment.bits < kMinBits || segment.bits > kMaxBits ||
      segment.codes.size() != segment.ids.size() * CodeBytes(segment.bits)) {
    return InvalidArgument(Printable(path) + ": " + std::to_string(segment.codes.size()) +
                           " bytes are not " + std::to_string(segment.ids.size()) + " codes of " +
                           std::to_string(segment.bits) + " bits");
  }
  if (const std::string fault = Fault(segment); !fault.empty())
    return InvalidArgument(Printable(path) + ": " + fault);
  std::string ids;
  ids.reserve(segment.ids.size() * sizeof(uint64_t));
  for (const uint64_t id : segment.ids) PutLittleEndian(&ids, id);
  const ByteSpan codes = std::as_bytes(std::span(segment.codes));

  std::string header(kMagic);
  PutLittleEndian(&header, kVersion);
  PutLittleEndian(&header, static_cast<uint32_t>(segment.bits));
  PutLittleEndian(&header, uint64_t{segment.ids.size()});
  PutLittleEndian(&header, Crc32c(AsBytes(ids)));
  PutLittleEndian(&header, Crc32c(codes));
  header.resize(kCodeFileHeaderBytes - 4);
  PutLittleEndian(&header, Crc32c(AsBytes(header)));

  HL_ASSIGN(FileWriter file, FileWriter::Create(path));
  HL_TRY(file.Append(AsBytes(header)));
  HL_TRY(file.Append(AsBytes(ids)));
  HL_TRY(file.Append(codes));
  return file.SyncAndClose();
}

uint64_t CodeFileBytes(uint64_t rows, int bits) {
  return kCodeFileHeaderBytes + rows * (sizeof(uint64_t) + CodeBytes(bits));
}

Result<SegmentCodes> ReadCodeFile(const Path& path) {
  HL_ASSIGN(const std::vector<std::byte> file,
            ReadFile(path, std::numeric_limits<uint64_t>::max()));
  const ByteSpan bytes = file;
  const std::string name = Printable(path) + ": ";
  if (bytes.size() < kCodeFileHeaderBytes) return Corruption(name + "cut short: no whole header");
  const ByteSpan header = bytes.first(kCodeFileHeaderBytes);
  if (!std::ranges::equal(header.first(kMagic.size()), AsBytes(kMagic)))
    return Corruption(name + "not a code file");
  if (LoadLittleEndian<uint32_t>(header.data() + 60) != Crc32c(header.first(60))) {
    return Corruption(name + "header: checksum mismatch");
  }
  const auto version = LoadLittleEndian<uint32_t>(header.data() + 8);
  const auto bits = LoadLittleEndian<uint32_t>(header.data() + 12);
  const auto rows = LoadLittleEndian<uint64_t>(header.data() + 16);
  if (version > kVersion) {
    return Unsupported(name + "made by a newer version of hashlens (code file version " +
                       std::to_string(version) + "): update hashlens");
  }
  if (version != kVersion || bits < kMinBits || bits > kMaxBits) {
    return Corruption(name + "header: fields out of range");
  }
  const size_t code_bytes = CodeBytes(static_cast<int>(bits));
  const uint64_t row_bytes = sizeof(uint64_t) + code_bytes;
  const uint64_t data_bytes = bytes.size() - kCodeFileHeaderBytes;
  if (rows != data_bytes / row_bytes || data_bytes % row_bytes != 0) {
    return Corruption(name + std::to_string(bytes.size()) + " bytes are not the size of " +
                      std::to_string(rows) + " codes of " + std::to_string(bits) + " bits");
  }
  const ByteSpan ids = bytes.subspan(kCodeFileHeaderBytes, rows * sizeof(uint64_t));
  const ByteSpan codes = bytes.subspan(kCodeFileHeaderBytes + ids.size());
  if (LoadLittleEndian<uint32_t>(header.data() + 24) != Crc32c(ids))
    return Corruption(name + "ids: checksum mismatch");
  if (LoadLittleEndian<uint32_t>(header.data() + 28) != Crc32c(codes)) {
    return Corruption(name + "codes: checksum mismatch");
  }
  SegmentCodes segment;
  segment.bits = static_cast<int>(bits);
  segment.ids.resize(rows);
  for (uint64_t row = 0; row < rows; ++row) {
    segment.ids[row] = LoadLittleEndian<uint64_t>(ids.data() + row * sizeof(uint64_t));
  }
  const auto* first = reinterpret_cast<const uint8_t*>(codes.data());
  segment.codes.assign(first, first + codes.size());
  if (const std::string fault = Fault(segment); !fault.empty()) return Corruption(name + fault);
  return segment;
}

}  // namespace hashlens
