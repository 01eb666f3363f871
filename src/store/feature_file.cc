#include "store/feature_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/half.h"
#include "base/int8_row.h"
#include "base/try.h"

namespace hashlens {
namespace {

static_assert(std::endian::native == std::endian::little,
              "rows are handed out as they lie in the file");

constexpr std::string_view kMagic = "HLFEATUR";
constexpr uint32_t kNewestVersion = 2;
constexpr size_t kCrcBytes = 4;
constexpr uint32_t kMaxDim = 1 << 16;
constexpr uint64_t kVerifyRows = 1024;  // at a time

// A type came with a version of its own: readers of before refuse what they do not know.
uint32_t VersionOf(FeatureType type) { return static_cast<uint32_t>(type); }

size_t RowBytes(FeatureType type, int dim) {
  const auto values = static_cast<size_t>(dim);
  return type == FeatureType::kInt8 ? Int8RowBytes(values) : values * 2;
}

// The row's number goes in first, so that a row in another's place is found.
uint32_t RowCrc(uint64_t row, ByteSpan values) {
  return Crc32c(values, Crc32c(std::as_bytes(std::span(&row, 1))));
}

std::string Header(int dim, FeatureType type, uint64_t rows) {
  std::string header(kMagic);
  PutLittleEndian(&header, VersionOf(type));
  PutLittleEndian(&header, static_cast<uint32_t>(type));
  PutLittleEndian(&header, static_cast<uint32_t>(dim));
  PutLittleEndian(&header, uint32_t{0});
  PutLittleEndian(&header, rows);
  header.resize(kFeatureFileHeaderBytes - kCrcBytes);
  PutLittleEndian(&header, Crc32c(AsBytes(header)));
  return header;
}

}  // namespace

FeatureFileWriter::FeatureFileWriter(FileWriter file, int dim, FeatureType type)
    : file_(std::move(file)), dim_(dim), type_(type) {}

Result<FeatureFileWriter> FeatureFileWriter::Create(const Path& path, int dim, FeatureType type) {
  if (dim < 1 || static_cast<uint32_t>(dim) > kMaxDim) {
    return InvalidArgument("a feature of " + std::to_string(dim) + " dimensions: 1 to " +
                           std::to_string(kMaxDim) + " can be stored");
  }
  HL_ASSIGN(FileWriter file, FileWriter::Create(path));
  // Zeros until Finish: a file that was not finished has no magic.
  HL_TRY(file.Append(AsBytes(std::string(kFeatureFileHeaderBytes, '\0'))));
  return FeatureFileWriter(std::move(file), dim, type);
}

Status FeatureFileWriter::Append(std::span<const float> feature) {
  std::vector<uint16_t> stored(feature.size());
  std::transform(feature.begin(), feature.end(), stored.begin(), HalfFromFloat);
  return AppendStored(stored);
}

Status FeatureFileWriter::AppendStored(std::span<const uint16_t> feature) {
  assert(feature.size() == static_cast<size_t>(dim_));
  if (type_ == FeatureType::kFp16) return AppendRow(std::as_bytes(feature));
  std::vector<std::byte> row(Int8RowBytes(feature.size()));
  if (!EncodeInt8Row(feature, row))
    return InvalidArgument("a feature that is not finite cannot be stored with 8 bits a value");
  return AppendRow(row);
}

Status FeatureFileWriter::AppendRow(ByteSpan row) {
  std::string crc;
  PutLittleEndian(&crc, RowCrc(rows_, row));
  HL_TRY(file_.Append(row));
  HL_TRY(file_.Append(AsBytes(crc)));
  ++rows_;
  return {};
}

Status FeatureFileWriter::Finish() {
  HL_TRY(file_.WriteAt(0, AsBytes(Header(dim_, type_, rows_))));
  return file_.SyncAndClose();
}

uint64_t FeatureFileWriter::rows() const { return rows_; }

Result<FeatureFile> FeatureFile::Open(const Path& path) {
  FeatureFile opened;
  auto file = OpenRegularFile(path);
  if (file.status().code() == StatusCode::kInvalidArgument)
    return Corruption(file.status().message());
  if (!file.ok()) return file.status();
  opened.file_ = std::move(*file);
  const uint64_t size = opened.file_.stamp.size;
  const std::string name = Printable(path) + ": ";
  if (size < kFeatureFileHeaderBytes) return Corruption(name + "cut short: no whole header");
  std::array<std::byte, kFeatureFileHeaderBytes> header_bytes;
  HL_TRY(opened.file_.ReadAt(0, header_bytes));
  const ByteSpan header = header_bytes;
  if (!std::ranges::equal(header.first(kMagic.size()), AsBytes(kMagic))) {
    return Corruption(name + "not a feature file, or one that was never finished");
  }
  if (LoadLittleEndian<uint32_t>(header.data() + 60) != Crc32c(header.first(60))) {
    return Corruption(name + "header: checksum mismatch");
  }
  const auto version = LoadLittleEndian<uint32_t>(header.data() + 8);
  const auto type = LoadLittleEndian<uint32_t>(header.data() + 12);
  const auto dim = LoadLittleEndian<uint32_t>(header.data() + 16);
  const auto rows = LoadLittleEndian<uint64_t>(header.data() + 24);
  if (version > kNewestVersion) {
    return Unsupported(name + "made by a newer version of hashlens (feature file version " +
                       std::to_string(version) + "): update hashlens");
  }
  if (version < 1 || type != version || dim < 1 || dim > kMaxDim) {
    return Corruption(name + "header: fields out of range");
  }
  opened.dim_ = static_cast<int>(dim);
  opened.type_ = static_cast<FeatureType>(type);
  opened.stride_ = RowBytes(opened.type_, opened.dim_) + kCrcBytes;
  const uint64_t data_bytes = size - kFeatureFileHeaderBytes;
  if (rows != data_bytes / opened.stride_ || data_bytes % opened.stride_ != 0) {
    return Corruption(name + std::to_string(size) + " bytes are not the size of " +
                      std::to_string(rows) + " rows of " + std::to_string(dim) + " dimensions");
  }
  opened.rows_ = rows;
  return opened;
}

Status FeatureFile::Read(uint64_t first, uint64_t count, StoredRows* rows) const {
  assert(first + count <= rows_);
  rows->stored.resize(count * stride_);
  HL_TRY(file_.ReadAt(kFeatureFileHeaderBytes + first * stride_, rows->stored));
  const size_t row_bytes = stride_ - kCrcBytes;
  const auto dim = static_cast<size_t>(dim_);
  rows->values.resize(count * dim);
  const std::span<uint16_t> values = rows->values;
  for (uint64_t i = 0; i < count; ++i) {
    const ByteSpan row = ByteSpan(rows->stored).subspan(i * stride_, stride_);
    const auto fault = [&](const char* what) {
      return Corruption(
          Printable(file_.path) + ": row " + std::to_string(first + i) + " at offset " +
          std::to_string(kFeatureFileHeaderBytes + (first + i) * stride_) + ": " + what);
    };
    if (LoadLittleEndian<uint32_t>(&row[row_bytes]) != RowCrc(first + i, row.first(row_bytes)))
      return fault("checksum mismatch");
    if (type_ == FeatureType::kFp16) {
      std::memcpy(&values[i * dim], row.data(), row_bytes);
    } else if (!DecodeInt8Row(row.first(row_bytes), values.subspan(i * dim, dim))) {
      return fault("the range of its values is none");
    }
  }
  return {};
}

Result<std::vector<uint16_t>> FeatureFile::Rows(uint64_t first, uint64_t count) const {
  StoredRows rows;
  HL_TRY(Read(first, count, &rows));
  return std::move(rows.values);
}

void FeatureFile::Prefetch(uint64_t first, uint64_t count) const {
  file_.WillNeed(kFeatureFileHeaderBytes + first * stride_, count * stride_);
}

Status FeatureFile::Verify() const {
  StoredRows rows;
  for (uint64_t first = 0; first < rows_; first += kVerifyRows) {
    HL_TRY(Read(first, std::min(kVerifyRows, rows_ - first), &rows));
  }
  return {};
}

}  // namespace hashlens
