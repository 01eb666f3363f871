#include "hash/numbers_file.h"

#include <algorithm>
#include <cmath>

#include "base/crc32c.h"

namespace hashlens {
namespace {

constexpr size_t kChecksumBytes = 4;

}  // namespace

std::string BeginNumbersFile(const NumbersFileKind& kind) {
  std::string out(kind.magic);
  PutLittleEndian(&out, kind.version);
  return out;
}

void PutFloats(std::string* out, const std::vector<float>& values) {
  for (const float value : values) PutLittleEndian(out, value);
}

void EndNumbersFile(std::string* out) { PutLittleEndian(out, Crc32c(AsBytes(*out))); }

Result<ByteSpan> NumbersFileBody(const NumbersFileKind& kind, ByteSpan bytes) {
  const std::string name(kind.name);
  ByteReader reader(bytes);
  ByteSpan magic;
  if (!reader.ReadBytes(kind.magic.size(), &magic) ||
      !std::ranges::equal(magic, AsBytes(kind.magic)))
    return Corruption(name + ": this is no " + name + " file (wrong magic)");
  uint32_t version = 0;
  if (!reader.Read(&version) || reader.rest().size() < kChecksumBytes)
    return Corruption(name + ": cut short at " + std::to_string(bytes.size()) + " bytes");
  if (version > kind.version) {
    return Unsupported(name + ": format version " + std::to_string(version) +
                       ", this build reads up to " + std::to_string(kind.version));
  }
  if (version == 0) return Corruption(name + ": format version 0");
  const ByteSpan covered = bytes.first(bytes.size() - kChecksumBytes);
  if (Crc32c(covered) != LoadLittleEndian<uint32_t>(bytes.data() + covered.size()))
    return Corruption(name + ": checksum mismatch");
  return reader.rest().first(reader.rest().size() - kChecksumBytes);
}

Status ExpectFloats(const NumbersFileKind& kind, ByteSpan bytes, uint64_t count) {
  if (bytes.size() == count * sizeof(float)) return {};
  return Corruption(std::string(kind.name) + ": " + std::to_string(bytes.size()) +
                    " bytes of numbers where " + std::to_string(count * sizeof(float)) + " belong");
}

Status TakeFloats(const NumbersFileKind& kind, std::string_view what, size_t count, ByteSpan* bytes,
                  std::vector<float>* values) {
  values->resize(count);
  for (size_t i = 0; i < count; ++i) {
    (*values)[i] = LoadLittleEndian<float>(bytes->data() + i * sizeof(float));
    if (!std::isfinite((*values)[i])) {
      return Corruption(std::string(kind.name) + ": " + std::string(what) + " " +
                        std::to_string(i) + " is not a finite number");
    }
  }
  *bytes = bytes->subspan(count * sizeof(float));
  return {};
}

}  // namespace hashlens
