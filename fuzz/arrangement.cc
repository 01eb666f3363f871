// Arranged codes beside a library's segments (index/arrangement.h), with checksums that fit: what
// is read must be safe to search.
#include "index/arrangement.h"

#include "base/code.h"
#include "base/crc32c.h"
#include "fuzz/input.h"
#include "fuzz/scratch_file.h"
#include "index/prepared_codes.h"

namespace hashlens {
namespace {

constexpr size_t kHeader = 64;

std::string Fitted(ByteSpan input) {
  std::string file(TextOfInput(input));
  std::string crc;
  PutLittleEndian(&crc, Crc32c(input.subspan(kHeader)));
  file.replace(48, crc.size(), crc);
  crc.clear();
  PutLittleEndian(&crc, Crc32c(AsBytes(file).first(60)));
  file.replace(60, crc.size(), crc);
  return file;
}

void SearchAll(Arrangement arrangement) {
  const int bits = arrangement.codes.bits();
  const PreparedCodes codes(std::move(arrangement));
  const CodeCosts costs;
  for (const uint64_t word : {uint64_t{0}, uint64_t{0xff}}) {
    const std::vector<uint64_t> words((static_cast<size_t>(bits) + 63) / 64, word);
    KeyQuery query;
    query.words = words.data();
    query.wanted = {.k = 10, .most = 25};
    query.limit = static_cast<uint32_t>(bits) + 1;
    query.allowed_rows = codes.rows();
    codes.Choose(query, costs, 1);
    for (const Strategy strategy :
         {Strategy::kDistinct, Strategy::kBalls, Strategy::kBuckets, Strategy::kMih}) {
      if (!codes.Can(strategy)) continue;
      CodeTrace trace;
      trace.strategy = strategy;
      Require(codes.Search(query, costs, &trace).size() <= query.wanted.bound(),
              "no more come back than are wanted");
    }
  }
}

void FuzzArrangement(ByteSpan input) {
  if (input.size() < kHeader) return;
  const auto file = ArrangementFile::Open(ScratchFile("arranged", AsBytes(Fitted(input))));
  if (!file.ok()) return;
  Require(file->Verify().ok(), "the checksum fits");
  auto arrangement = file->Read();
  if (arrangement.ok()) SearchAll(std::move(*arrangement));
}

const FuzzTarget kArrangement("arrangement", FuzzArrangement);

}  // namespace
}  // namespace hashlens
