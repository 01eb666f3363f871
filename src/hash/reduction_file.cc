// The file form of a reduction; docs/FORMAT.md is its specification.
#include <cassert>

#include "base/try.h"
#include "hash/limits.h"
#include "hash/numbers_file.h"
#include "hash/reduction.h"

namespace hashlens {
namespace {

constexpr NumbersFileKind kKind{"HLREDU\r\n", "reduction", 1};

// At most 16384 * 16384.
constexpr uint64_t FloatCount(ReductionKind kind, uint64_t in_dim, uint64_t out_dim) {
  return kind == ReductionKind::kPca ? in_dim + out_dim * in_dim : 0;
}
static_assert(FloatCount(ReductionKind::kPca, kMaxDim, kMaxDim - 1) * sizeof(float) + 28 <=
              kMaxReductionBytes);

}  // namespace

std::string SerializeReduction(const Reduction& reduction) {
  assert(reduction.mean.size() + reduction.directions.size() ==
         FloatCount(reduction.kind, static_cast<uint64_t>(reduction.in_dim),
                    static_cast<uint64_t>(reduction.out_dim)));
  std::string out = BeginNumbersFile(kKind);
  PutLittleEndian(&out, static_cast<uint32_t>(reduction.kind));
  PutLittleEndian(&out, static_cast<uint32_t>(reduction.in_dim));
  PutLittleEndian(&out, static_cast<uint32_t>(reduction.out_dim));
  PutFloats(&out, reduction.mean);
  PutFloats(&out, reduction.directions);
  EndNumbersFile(&out);
  return out;
}

Result<Reduction> ParseReduction(ByteSpan bytes) {
  HL_ASSIGN(const ByteSpan body, NumbersFileBody(kKind, bytes));
  ByteReader reader(body);
  uint32_t kind = 0, in_dim = 0, out_dim = 0;
  if (!reader.Read(&kind) || !reader.Read(&in_dim) || !reader.Read(&out_dim))
    return Corruption("reduction: cut short in its sizes");
  Reduction reduction;
  reduction.kind = static_cast<ReductionKind>(kind);
  const bool pca = reduction.kind == ReductionKind::kPca;
  if (!pca && reduction.kind != ReductionKind::kInt8)
    return Corruption("reduction: kind " + std::to_string(kind));
  if (in_dim < 1 || in_dim > kMaxDim)
    return Corruption("reduction: of " + std::to_string(in_dim) + " dimensions");
  if (out_dim < 1 || (pca ? out_dim >= in_dim : out_dim != in_dim))
    return Corruption("reduction: to " + std::to_string(out_dim) + " dimensions");
  ByteSpan floats = reader.rest();
  HL_TRY(ExpectFloats(kKind, floats, FloatCount(reduction.kind, in_dim, out_dim)));
  reduction.in_dim = static_cast<int>(in_dim);
  reduction.out_dim = static_cast<int>(out_dim);
  if (!pca) return reduction;
  HL_TRY(TakeFloats(kKind, "mean", in_dim, &floats, &reduction.mean));
  HL_TRY(TakeFloats(kKind, "direction", size_t{out_dim} * in_dim, &floats, &reduction.directions));
  return reduction;
}

}  // namespace hashlens
