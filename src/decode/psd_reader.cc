// Source: Adobe Photoshop File Formats Specification (November 2019).
#include "decode/psd_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string>

#include "base/try.h"

namespace hashlens {
namespace {

enum Mode : unsigned {
  kBitmap = 0,
  kGreyMode = 1,
  kIndexed = 2,
  kRgbMode = 3,
  kCmykMode = 4,
  kDuotone = 8
};
constexpr unsigned kIccResource = 1039;
constexpr size_t kPaletteBytes = 768;

uint32_t U16(ByteSpan bytes, size_t at) { return LoadBigEndian<uint16_t>(bytes.data() + at); }
uint32_t U32(ByteSpan bytes, size_t at) { return LoadBigEndian<uint32_t>(bytes.data() + at); }

struct Header {
  bool large = false;  // PSB
  unsigned channels = 0, depth = 0, mode = 0;
  int width = 0, height = 0;
  ByteSpan palette;
  ByteSpan icc;
  ByteSpan pixels;  // after the word that tells the compression
  unsigned compression = 0;
};

// A part of the file after its length of four or eight bytes; moves *at behind it.
std::optional<ByteSpan> Section(ByteSpan file, bool long_length, size_t* at) {
  const size_t field = long_length ? 8 : 4;
  if (file.size() - *at < field) return std::nullopt;
  uint64_t length = U32(file, *at);
  if (long_length) length = length << 32 | U32(file, *at + 4);
  *at += field;
  if (length > file.size() - *at) return std::nullopt;
  const ByteSpan section = file.subspan(*at, length);
  *at += length;
  return section;
}

// "8BIM", a number, a name filled up to an even length, a length, the data filled up likewise.
ByteSpan FindResource(ByteSpan resources, unsigned number) {
  for (size_t at = 0; resources.size() - at >= 12;) {
    const unsigned found = U16(resources, at + 4);
    const size_t name = std::to_integer<size_t>(resources[at + 6]) + 1;
    size_t data = at + 6 + name + name % 2;
    if (data + 4 > resources.size()) return {};
    const size_t length = U32(resources, data);
    data += 4;
    if (length > resources.size() - data) return {};
    if (found == number) return resources.subspan(data, length);
    at = std::min(data + length + length % 2, resources.size());
  }
  return {};
}

Result<Header> ReadHeader(ByteSpan file) {
  if (file.size() < 26) return Corruption("the file ends in its header");
  Header header;
  header.large = U16(file, 4) == 2;
  if (U16(file, 4) != 1 && !header.large) return Corruption("no such version");
  header.channels = U16(file, 12);
  const uint32_t height = U32(file, 14), width = U32(file, 18);
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
    return Corruption("the header states an empty picture");
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height);
  header.depth = U16(file, 22);
  header.mode = U16(file, 24);
  size_t at = 26;
  const auto palette = Section(file, false, &at);
  const auto resources = palette ? Section(file, false, &at) : std::nullopt;
  const auto layers = resources ? Section(file, header.large, &at) : std::nullopt;
  if (!layers || file.size() - at < 2) return Corruption(kEndsEarly);
  header.palette = *palette;
  header.icc = FindResource(*resources, kIccResource);
  header.compression = U16(file, at);
  header.pixels = file.subspan(at + 2);
  return header;
}

// How many of the file's channels are colours; none where this reader does not know the mode.
unsigned Colours(const Header& header) {
  switch (header.mode) {
    case kBitmap:
    case kGreyMode:
    case kDuotone:
    case kIndexed:
      return 1;
    case kRgbMode:
      return 3;
    case kCmykMode:
      return 4;
    default:
      return 0;
  }
}

Status CheckKind(const Header& header) {
  const unsigned colours = Colours(header);
  if (colours == 0) return Unsupported("colour mode " + std::to_string(header.mode));
  if (header.channels < colours || header.channels > 56)
    return Corruption(std::to_string(header.channels) + " channels");
  const bool one = header.mode == kBitmap;
  const bool byte_only = header.mode == kIndexed;
  const unsigned depth = header.depth;
  if (one != (depth == 1) || (byte_only && depth != 8) ||
      (depth != 1 && depth != 8 && depth != 16 && depth != 32))
    return Corruption(std::to_string(depth) + " bits a sample");
  if (byte_only && header.palette.size() < kPaletteBytes) return Corruption("no palette");
  if (header.compression > 1)
    return Unsupported("compression " + std::to_string(header.compression));
  return {};
}

// Unpacks one row of PackBits. False when it does not give the row.
bool Unpack(ByteSpan packed, std::vector<std::byte>* row) {
  size_t at = 0, done = 0;
  while (done < row->size()) {
    if (at >= packed.size()) return false;
    const auto count = std::to_integer<unsigned>(packed[at++]);
    if (count == 128) continue;
    const size_t run = count < 128 ? count + 1 : 257 - count;
    const size_t taken = std::min(run, row->size() - done);
    if (count < 128) {
      if (packed.size() - at < taken) return false;
      std::copy_n(packed.begin() + static_cast<ptrdiff_t>(at), taken,
                  row->begin() + static_cast<ptrdiff_t>(done));
      at += std::min(run, packed.size() - at);
    } else {
      if (at >= packed.size()) return false;
      std::fill_n(row->begin() + static_cast<ptrdiff_t>(done), taken, packed[at++]);
    }
    done += taken;
  }
  return true;
}

// The rows of all channels, one channel after the other.
class RowSource {
 public:
  explicit RowSource(const Header& header)
      : header_(header),
        row_bytes_((static_cast<size_t>(header.width) * header.depth + 7) / 8),
        rows_(static_cast<size_t>(header.height)),
        row_(row_bytes_) {}

  // False when the lengths of the packed rows are not there.
  bool Open() {
    if (header_.compression == 0) return true;
    const size_t field = header_.large ? 4 : 2;
    const size_t count = rows_ * header_.channels;
    if (header_.pixels.size() / field < count) return false;
    starts_.reserve(count + 1);
    uint64_t at = field * count;
    for (size_t i = 0; i < count; ++i) {
      starts_.push_back(at);
      at += header_.large ? U32(header_.pixels, 4 * i) : U16(header_.pixels, 2 * i);
    }
    starts_.push_back(at);
    return true;
  }

  // Null when the file does not have it.
  const std::byte* Row(size_t channel, size_t y) {
    const size_t number = channel * rows_ + y;
    if (header_.compression == 0) {
      const uint64_t at = uint64_t{number} * row_bytes_;
      if (at > header_.pixels.size() || row_bytes_ > header_.pixels.size() - at) return nullptr;
      return header_.pixels.data() + at;
    }
    if (starts_[number + 1] > header_.pixels.size()) return nullptr;
    const ByteSpan packed =
        header_.pixels.subspan(starts_[number], starts_[number + 1] - starts_[number]);
    return Unpack(packed, &row_) ? row_.data() : nullptr;
  }

 private:
  const Header& header_;
  const size_t row_bytes_, rows_;
  std::vector<std::byte> row_;
  std::vector<uint64_t> starts_;  // of the packed rows, and their end
};

// Samples of one channel into every `bands`-th place.
void PutRow(const Header& header, const std::byte* from, size_t bands, std::byte* to) {
  const auto width = static_cast<size_t>(header.width);
  const size_t bytes = header.depth / 8;
  for (size_t x = 0; x < width; ++x, to += bands * std::max<size_t>(bytes, 1)) {
    if (header.depth == 1) {
      const bool black = (std::to_integer<unsigned>(from[x / 8]) >> (7 - x % 8) & 1) != 0;
      *to = black ? std::byte{0} : std::byte{255};
    } else if (bytes == 1) {
      *to = from[x];
    } else {  // largest byte first
      for (size_t i = 0; i < bytes; ++i)
        to[std::endian::native == std::endian::little ? bytes - 1 - i : i] = from[x * bytes + i];
    }
  }
}

// Photoshop stores CMYK with 0 for full ink.
void Invert(Raster* raster) {
  for (std::byte& sample : raster->samples) sample = ~sample;
}

void UsePalette(ByteSpan palette, Raster* raster) {
  std::vector<std::byte> colours(raster->samples.size() * 3);
  for (size_t i = 0; i < raster->samples.size(); ++i) {
    const auto number = std::to_integer<size_t>(raster->samples[i]);
    for (size_t band = 0; band < 3; ++band) colours[3 * i + band] = palette[256 * band + number];
  }
  raster->samples = std::move(colours);
  raster->colour = RasterColour::kRgb;
}

}  // namespace

Result<Raster> ReadPsd(ByteSpan file, uint64_t max_pixels) {
  HL_ASSIGN(const Header header, ReadHeader(file));
  HL_TRY(CheckKind(header));
  const size_t colours = Colours(header);
  Raster raster;
  raster.width = header.width;
  raster.height = header.height;
  const bool is_float = header.depth == 32;  // which Photoshop keeps as light
  raster.type = header.depth == 16 ? SampleType::kShort
                : is_float         ? SampleType::kFloat
                                   : SampleType::kByte;
  raster.colour = colours == 1   ? is_float ? RasterColour::kLinearGrey : RasterColour::kGrey
                  : colours == 4 ? RasterColour::kCmyk
                  : is_float     ? RasterColour::kLinearRgb
                                 : RasterColour::kRgb;
  if (is_float && colours == 4) return Corruption("32 bits a sample of CMYK");
  RowSource source(header);
  if (!source.Open()) return Corruption(kEndsEarly);
  if (source.Row(0, 0) == nullptr) return Corruption(kEndsEarly);
  HL_TRY(MakeRoom(&raster, max_pixels));
  const size_t sample_bytes = SampleBytes(raster.type);
  const auto rows = static_cast<size_t>(header.height);
  const size_t row_bytes = static_cast<size_t>(header.width) * colours * sample_bytes;
  size_t whole = rows;  // rows of which every colour is there
  for (size_t channel = 0; channel < colours; ++channel) {
    for (size_t y = 0; y < whole; ++y) {
      const std::byte* const from = source.Row(channel, y);
      if (from == nullptr) {
        whole = y;
        break;
      }
      PutRow(header, from, colours, &raster.samples[y * row_bytes + channel * sample_bytes]);
    }
  }
  if (whole < rows) NoteDamage(&raster, static_cast<int>(whole), kEndsEarly);
  if (header.mode == kCmykMode) Invert(&raster);
  if (header.mode == kIndexed) UsePalette(header.palette, &raster);
  if (!is_float) raster.icc.assign(header.icc.begin(), header.icc.end());
  return raster;
}

}  // namespace hashlens
