#include "model/tensor_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/try.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;
constexpr uint64_t kMaxHeaderBytes = uint64_t{16} << 20;
constexpr size_t kMaxRank = 8;

// The tensor that one member of the header describes, out of all values' bytes. Fails with what is
// wrong, without a name.
Result<NamedTensor> ParseTensor(const Json& described, ByteSpan values) {
  if (!described.is_object() || !described.contains("shape") ||
      !described.contains("data_offsets") || !described.contains("dtype") ||
      described["dtype"] != "F32") {
    return Corruption("is not described as float32 with shape and data_offsets");
  }
  const Json& shape = described["shape"];
  const Json& offsets = described["data_offsets"];
  if (!shape.is_array() || shape.size() > kMaxRank || !offsets.is_array() || offsets.size() != 2 ||
      !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
    return Corruption("has a shape or data_offsets that make no sense");
  }
  NamedTensor tensor;
  uint64_t count = 1;
  for (const Json& side : shape) {
    const uint64_t n = side.is_number_unsigned() ? side.get<uint64_t>() : 0;
    if (n == 0 || n > values.size() / sizeof(float) / count)
      return Corruption("has more values than the file");
    count *= n;
    tensor.shape.push_back(static_cast<int64_t>(n));
  }
  const auto begin = offsets[0].get<uint64_t>();
  const auto end = offsets[1].get<uint64_t>();
  if (begin > end || end > values.size() || end - begin != count * sizeof(float))
    return Corruption("has data_offsets that do not fit its shape");
  tensor.values.reserve(count);
  for (uint64_t at = begin; at < end; at += sizeof(float)) {
    tensor.values.push_back(LoadLittleEndian<float>(&values[at]));
    if (!std::isfinite(tensor.values.back())) return Corruption("holds a value that is not finite");
  }
  return tensor;
}

}  // namespace

Result<NamedTensors> ReadTensorFile(const Path& path) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(path, kMaxFileBytes));
  const std::string name = Printable(path) + ": ";
  ByteReader reader(bytes);
  uint64_t header_bytes = 0;
  ByteSpan header;
  if (!reader.Read(&header_bytes) || header_bytes > kMaxHeaderBytes ||
      !reader.ReadBytes(header_bytes, &header)) {
    return Corruption(name + "not a file of tensors (safetensors)");
  }
  const auto* text = reinterpret_cast<const char*>(header.data());
  const Json json = Json::parse(text, text + header.size(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Corruption(name + "the header is not JSON");
  NamedTensors tensors;
  for (const auto& [key, described] : json.items()) {
    if (key == "__metadata__") continue;
    auto tensor = ParseTensor(described, reader.rest());
    if (!tensor.ok())
      return Corruption(name + "tensor " + Printable(std::string_view(key)) + " " +
                        tensor.status().message());
    tensors.emplace(key, std::move(*tensor));
  }
  return tensors;
}

Status WriteTensorFile(const Path& path, const NamedTensors& tensors) {
  Json header = Json::object();
  std::string values;
  for (const auto& [name, tensor] : tensors) {
    const size_t begin = values.size();
    for (const float value : tensor.values) PutLittleEndian(&values, value);
    header[name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, values.size()}}};
  }
  const std::string text = header.dump();
  std::string bytes;
  PutLittleEndian(&bytes, static_cast<uint64_t>(text.size()));
  bytes += text;
  bytes += values;
  return WriteFileDurably(path, AsBytes(bytes));
}

}  // namespace hashlens
