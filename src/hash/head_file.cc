// The file form of a hash head; docs/FORMAT.md is its specification.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/crc32c.h"
#include "base/try.h"
#include "hash/hash_head.h"
#include "hash/limits.h"

namespace hashlens {
namespace {

constexpr std::string_view kMagic = "HLHEAD\r\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kChecksumBytes = 4;

// Floats of mean, weights and bias together; at most 513 * 16384 + 512.
constexpr uint64_t FloatCount(uint64_t bits, uint64_t dim) { return dim + bits * dim + bits; }

bool IsMethodName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxMethodBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

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
      return Corruption("hash head: " + std::string(name) + " " + std::to_string(i) +
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
  if (!reader.ReadBytes(kMagic.size(), &magic) || !std::ranges::equal(magic, AsBytes(kMagic))) {
    return Corruption("hash head: this is no hash head file (wrong magic)");
  }
  uint32_t version = 0;
  if (!reader.Read(&version) || reader.rest().size() < kChecksumBytes) {
    return Corruption("hash head: cut short at " + std::to_string(bytes.size()) + " bytes");
  }
  if (version > kVersion) {
    return Unsupported("hash head: format version " + std::to_string(version) +
                       ", this build reads up to " + std::to_string(kVersion));
  }
  if (version == 0) return Corruption("hash head: format version 0");
  const ByteSpan covered = bytes.first(bytes.size() - kChecksumBytes);
  if (Crc32c(covered) != LoadLittleEndian<uint32_t>(bytes.data() + covered.size())) {
    return Corruption("hash head: checksum mismatch");
  }
  return reader.rest().first(reader.rest().size() - kChecksumBytes);
}

}  // namespace

std::string SerializeHead(const HashHead& head) {
  assert(IsMethodName(head.method));
  assert(head.mean.size() == static_cast<size_t>(head.dim));
  assert(head.weights.size() == static_cast<size_t>(head.bits) * static_cast<size_t>(head.dim));
  assert(head.bias.size() == static_cast<size_t>(head.bits));
  std::string out(kMagic);
  PutLittleEndian(&out, kVersion);
  PutLittleEndian(&out, static_cast<uint32_t>(head.bits));
  PutLittleEndian(&out, static_cast<uint32_t>(head.dim));
  PutLittleEndian(&out, head.seed);
  PutLittleEndian(&out, static_cast<uint32_t>(head.method.size()));
  out += head.method;
  PutFloats(&out, head.mean);
  PutFloats(&out, head.weights);
  PutFloats(&out, head.bias);
  PutLittleEndian(&out, Crc32c(AsBytes(out)));
  return out;
}

Result<HashHead> ParseHead(ByteSpan bytes) {
  HL_ASSIGN(const ByteSpan body, CheckedBody(bytes));
  ByteReader reader(body);
  HashHead head;
  uint32_t bits = 0, dim = 0, method_bytes = 0;
  if (!reader.Read(&bits) || !reader.Read(&dim) || !reader.Read(&head.seed) ||
      !reader.Read(&method_bytes)) {
    return Corruption("hash head: cut short in its sizes");
  }
  if (bits < kMinBits || bits > kMaxBits)
    return Corruption("hash head: " + std::to_string(bits) + " bits");
  if (dim < 1 || dim > kMaxDim)
    return Corruption("hash head: " + std::to_string(dim) + " dimensions");
  ByteSpan method;
  if (method_bytes > kMaxMethodBytes || !reader.ReadBytes(method_bytes, &method)) {
    return Corruption("hash head: a method's name of " + std::to_string(method_bytes) + " bytes");
  }
  head.method.assign(reinterpret_cast<const char*>(method.data()), method.size());
  if (!IsMethodName(head.method)) return Corruption("hash head: the method's name is not one");
  ByteSpan floats = reader.rest();
  if (floats.size() != FloatCount(bits, dim) * sizeof(float)) {
    return Corruption("hash head: " + std::to_string(floats.size()) + " bytes of numbers where " +
                      std::to_string(FloatCount(bits, dim) * sizeof(float)) + " belong");
  }
  head.bits = static_cast<int>(bits);
  head.dim = static_cast<int>(dim);
  HL_TRY(TakeFloats("mean", dim, &floats, &head.mean));
  HL_TRY(TakeFloats("weight", size_t{bits} * dim, &floats, &head.weights));
  HL_TRY(TakeFloats("bias", bits, &floats, &head.bias));
  return head;
}

}  // namespace hashlens
