// The files of segments (store/code_file.h, store/feature_file.h), as they are and with checksums
// that fit.
#include "base/crc32c.h"
#include "fuzz/input.h"
#include "fuzz/scratch_file.h"
#include "store/code_file.h"
#include "store/feature_file.h"

namespace hashlens {
namespace {

void Put32(uint32_t value, size_t at, std::string* file) {
  std::string bytes;
  PutLittleEndian(&bytes, value);
  file->replace(at, bytes.size(), bytes);
}

void FitHeader(std::string* file) { Put32(Crc32c(AsBytes(*file).first(60)), 60, file); }

template <typename T>
T FieldAt(const std::string& file, size_t at) {
  return LoadLittleEndian<T>(AsBytes(file).data() + at);
}

void FitCodes(std::string* file) {
  const ByteSpan body = AsBytes(*file).subspan(kCodeFileHeaderBytes);
  const auto rows = FieldAt<uint64_t>(*file, 16);
  const size_t ids = std::min<uint64_t>(rows, body.size() / sizeof(uint64_t)) * sizeof(uint64_t);
  const uint32_t of_ids = Crc32c(body.first(ids)), of_codes = Crc32c(body.subspan(ids));
  Put32(of_ids, 24, file);
  Put32(of_codes, 28, file);
  FitHeader(file);
}

void FitFeatures(std::string* file) {
  const auto type = FieldAt<uint32_t>(*file, 12);
  const auto dim = FieldAt<uint32_t>(*file, 16);
  const size_t row_bytes = type == 2 ? size_t{dim} + 4 : size_t{dim} * 2;
  uint64_t row = 0;
  for (size_t at = kFeatureFileHeaderBytes; at + row_bytes + 4 <= file->size();
       at += row_bytes + 4, ++row) {
    const uint32_t number = Crc32c(std::as_bytes(std::span(&row, 1)));
    Put32(Crc32c(AsBytes(*file).subspan(at, row_bytes), number), at + row_bytes, file);
  }
  FitHeader(file);
}

void ReadCodes(std::string_view file) {
  const auto codes = ReadCodeFile(ScratchFile("codes", AsBytes(file)));
  if (!codes.ok()) return;
  Require(CodeFileBytes(codes->ids.size(), codes->bits) == file.size(), "the file has its size");
}

void ReadFeatures(std::string_view file) {
  const auto features = FeatureFile::Open(ScratchFile("features", AsBytes(file)));
  if (!features.ok()) return;
  const Status status = features->Verify();
  if (features->rows() == 0) return;
  const auto rows = features->Rows(0, features->rows());
  Require(rows.ok() == status.ok(), "what Verify passes can be read");
  if (rows.ok())
    Require(rows->size() == features->rows() * static_cast<size_t>(features->dim()),
            "a row has dim values");
}

void FuzzSegmentFiles(ByteSpan input) {
  const std::string file(TextOfInput(input));
  ReadCodes(file);
  ReadFeatures(file);
  if (file.size() < kCodeFileHeaderBytes) return;
  std::string fitted = file;
  FitCodes(&fitted);
  ReadCodes(fitted);
  fitted = file;
  FitFeatures(&fitted);
  ReadFeatures(fitted);
}

const FuzzTarget kSegmentFiles("segment_files", FuzzSegmentFiles);

}  // namespace
}  // namespace hashlens
