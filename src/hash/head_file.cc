// The file form of a hash head; docs/FORMAT.md is its specification.
#include <algorithm>
#include <bit>
#include <cassert>

#include "base/try.h"
#include "hash/hash_head.h"
#include "hash/limits.h"
#include "hash/numbers_file.h"

namespace hashlens {
namespace {

// Version 2 is written where 1 cannot say it: another activation or threshold.
constexpr NumbersFileKind kKind{"HLHEAD\r\n", "hash head", 2};
constexpr NumbersFileKind kFirst{kKind.magic, kKind.name, 1};

// Floats of mean, weights and bias together; at most 513 * 16384 + 512.
constexpr uint64_t FloatCount(uint64_t bits, uint64_t dim) { return dim + bits * dim + bits; }

bool IsMethodName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxMethodBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsUsual(const HashHead& head) {
  return head.activation == Activation::kSigmoid && head.threshold == 0.5F;
}

// Activation and threshold, of version 2.
Status ReadActivation(ByteReader* reader, HashHead* head) {
  uint32_t activation = 0, threshold = 0;
  if (!reader->Read(&activation) || !reader->Read(&threshold))
    return Corruption("hash head: cut short in its activation");
  if (activation != static_cast<uint32_t>(Activation::kSigmoid) &&
      activation != static_cast<uint32_t>(Activation::kTanh))
    return Corruption("hash head: activation " + std::to_string(activation));
  head->activation = static_cast<Activation>(activation);
  head->threshold = std::bit_cast<float>(threshold);
  const float low = head->activation == Activation::kTanh ? -1.0F : 0.0F;
  if (!(head->threshold > low && head->threshold < 1.0F))
    return Corruption("hash head: a threshold that no unit can have");
  if (IsUsual(*head)) return Corruption("hash head: version 2 of what version 1 says");
  return {};
}

}  // namespace

std::string SerializeHead(const HashHead& head) {
  assert(IsMethodName(head.method));
  assert(head.mean.size() == static_cast<size_t>(head.dim));
  assert(head.weights.size() == static_cast<size_t>(head.bits) * static_cast<size_t>(head.dim));
  assert(head.bias.size() == static_cast<size_t>(head.bits));
  std::string out = BeginNumbersFile(IsUsual(head) ? kFirst : kKind);
  PutLittleEndian(&out, static_cast<uint32_t>(head.bits));
  PutLittleEndian(&out, static_cast<uint32_t>(head.dim));
  PutLittleEndian(&out, head.seed);
  PutLittleEndian(&out, static_cast<uint32_t>(head.method.size()));
  out += head.method;
  if (!IsUsual(head)) {
    PutLittleEndian(&out, static_cast<uint32_t>(head.activation));
    PutFloats(&out, {head.threshold});
  }
  PutFloats(&out, head.mean);
  PutFloats(&out, head.weights);
  PutFloats(&out, head.bias);
  EndNumbersFile(&out);
  return out;
}

Result<HashHead> ParseHead(ByteSpan bytes) {
  HL_ASSIGN(const ByteSpan body, NumbersFileBody(kKind, bytes));
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
  const auto version = LoadLittleEndian<uint32_t>(bytes.data() + kKind.magic.size());
  if (version >= 2) HL_TRY(ReadActivation(&reader, &head));
  ByteSpan floats = reader.rest();
  HL_TRY(ExpectFloats(kKind, floats, FloatCount(bits, dim)));
  head.bits = static_cast<int>(bits);
  head.dim = static_cast<int>(dim);
  HL_TRY(TakeFloats(kKind, "mean", dim, &floats, &head.mean));
  HL_TRY(TakeFloats(kKind, "weight", size_t{bits} * dim, &floats, &head.weights));
  HL_TRY(TakeFloats(kKind, "bias", bits, &floats, &head.bias));
  return head;
}

}  // namespace hashlens
