// The file form of a reduction; docs/FORMAT.md is its specification.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/crc32c.h"
#include "base/try.h"
#include "hash/limits.h"
#include "hash/reduction.h"

namespace hashlens {
namespace {

constexpr std::string_view kMagic = "HLREDU\r\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kChecksumBytes = 4;

// At most 16384 * 16384.
constexpr uint64_t FloatCount(ReductionKind kind, uint64_t in_dim, uint64_t out_dim) {
  return kind == ReductionKind::kPca ? in_dim + out_dim * in_dim : 0;
}
static_assert(FloatCount(ReductionKind::kPca, kMaxDim, kMaxDim - 1) * sizeof(float) + 28 <=
              kMaxReductionBytes);

void PutFloats(std::string* out, const std::vector<float>& values) {
  for (const float value : values) PutLittleEndian(out, value);
}

// `bytes` holds count floats at least; takes them off the front.
Status TakeFloats(std::string_view name, size_t count, ByteSpan* bytes,
                  std::vector<float>* values) {
  values->resize(count);
  for (size_t i = 0; i < count; ++i) {
    (*values)[i] = LoadLittleEndian<float>(bytes->data() + i * sizeof(float));
    if (!std::isfinite((*values)[i])) {
      return Corruption("reduction: " + std::string(name) + " " + std::to_string(i) +
                        " is not a finite number");
    }
  }
  *bytes = bytes->subspan(count * sizeof(float));
  return {};
}

// Magic, version and checksum, which all versions have in the same places. The body is what lies
// between.
Result<ByteSpan> CheckedBody(ByteSpan bytes) {
  ByteReader reader(bytes);
  ByteSpan magic;
  if (!reader.ReadBytes(kMagic.size(), &magic) || !std::ranges::equal(magic, AsBytes(kMagic)))
    return Corruption("reduction: this is no reduction file (wrong magic)");
  uint32_t version = 0;
  if (!reader.Read(&version) || reader.rest().size() < kChecksumBytes)
    return Corruption("reduction: cut short at " + std::to_string(bytes.size()) + " bytes");
  if (version > kVersion) {
    return Unsupported("reduction: format version " + std::to_string(version) +
                       ", this build reads up to " + std::to_string(kVersion));
  }
  if (version == 0) return Corruption("reduction: format version 0");
  const ByteSpan covered = bytes.first(bytes.size() - kChecksumBytes);
  if (Crc32c(covered) != LoadLittleEndian<uint32_t>(bytes.data() + covered.size()))
    return Corruption("reduction: checksum mismatch");
  return reader.rest().first(reader.rest().size() - kChecksumBytes);
}

}  // namespace

std::string SerializeReduction(const Reduction& reduction) {
  assert(reduction.mean.size() + reduction.directions.size() ==
         FloatCount(reduction.kind, static_cast<uint64_t>(reduction.in_dim),
                    static_cast<uint64_t>(reduction.out_dim)));
  std::string out(kMagic);
  PutLittleEndian(&out, kVersion);
  PutLittleEndian(&out, static_cast<uint32_t>(reduction.kind));
  PutLittleEndian(&out, static_cast<uint32_t>(reduction.in_dim));
  PutLittleEndian(&out, static_cast<uint32_t>(reduction.out_dim));
  PutFloats(&out, reduction.mean);
  PutFloats(&out, reduction.directions);
  PutLittleEndian(&out, Crc32c(AsBytes(out)));
  return out;
}

Result<Reduction> ParseReduction(ByteSpan bytes) {
  HL_ASSIGN(const ByteSpan body, CheckedBody(bytes));
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
  const uint64_t belong = FloatCount(reduction.kind, in_dim, out_dim) * sizeof(float);
  if (floats.size() != belong) {
    return Corruption("reduction: " + std::to_string(floats.size()) + " bytes of numbers where " +
                      std::to_string(belong) + " belong");
  }
  reduction.in_dim = static_cast<int>(in_dim);
  reduction.out_dim = static_cast<int>(out_dim);
  if (!pca) return reduction;
  HL_TRY(TakeFloats("mean", in_dim, &floats, &reduction.mean));
  HL_TRY(TakeFloats("direction", size_t{out_dim} * in_dim, &floats, &reduction.directions));
  return reduction;
}

}  // namespace hashlens
