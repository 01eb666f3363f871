#include "decode/pnm_reader.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr uint32_t kMostMaximum = 65535;

bool IsSpace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(int c) { return c >= '0' && c <= '9'; }

// Walks the text of a file; a comment counts as the end of its line.
class Words {
 public:
  explicit Words(ByteSpan file) : text_(reinterpret_cast<const char*>(file.data()), file.size()) {}

  // The next character, or -1 at the end.
  int Next() {
    if (at_ == text_.size()) return -1;
    if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size() - 1);
    return static_cast<unsigned char>(text_[at_++]);
  }

  // White space, a number, and the one character behind it, which must be white space.
  std::optional<uint32_t> Number() {
    int c = Next();
    while (IsSpace(c)) c = Next();
    if (!IsDigit(c)) return std::nullopt;
    uint32_t number = 0;
    for (; IsDigit(c); c = Next()) {
      number = number * 10 + static_cast<uint32_t>(c - '0');
      if (number > INT32_MAX / 10) return std::nullopt;
    }
    if (c != -1 && !IsSpace(c)) return std::nullopt;
    return number;
  }

  // The rest of the line, without its end. None at the end of the file.
  std::optional<std::string_view> Line() {
    if (at_ >= text_.size()) return std::nullopt;
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void Skip(size_t bytes) { at_ = std::min(at_ + bytes, text_.size()); }
  size_t at() const { return at_; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

struct Header {
  uint32_t maximum = 255;
  bool bits = false;  // eight pixels a byte, and 1 is black
  bool black_is_one = false;
  bool text = false;  // numbers, not bytes
};

void PutSample(Raster* raster, size_t at, uint32_t value, uint32_t maximum) {
  if (value > maximum) value = maximum;
  if (raster->type == SampleType::kByte) {
    raster->samples[at] = static_cast<std::byte>((value * 255 + maximum / 2) / maximum);
    return;
  }
  const auto wide = static_cast<uint16_t>((value * 65535ULL + maximum / 2) / maximum);
  std::memcpy(&raster->samples[2 * at], &wide, 2);
}

int WholeRows(const Raster& raster, size_t samples) {
  return static_cast<int>(samples /
                          (static_cast<size_t>(raster.width) * static_cast<size_t>(Bands(raster))));
}

void ReadText(Words words, const Header& header, Raster* raster) {
  const size_t count = raster->samples.size() / SampleBytes(raster->type);
  for (size_t i = 0; i < count; ++i) {
    std::optional<uint32_t> value;
    if (header.black_is_one) {  // digits that nothing has to part
      int c = words.Next();
      while (IsSpace(c)) c = words.Next();
      if (c == '0' || c == '1') value = c == '0' ? 1 : 0;
    } else {
      value = words.Number();
    }
    if (!value) return NoteDamage(raster, WholeRows(*raster, i), kEndsEarly);
    PutSample(raster, i, *value, header.maximum);
  }
}

void ReadBits(ByteSpan bytes, Raster* raster) {
  const auto width = static_cast<size_t>(raster->width);
  const size_t row_bytes = (width + 7) / 8;
  for (size_t y = 0; y < static_cast<size_t>(raster->height); ++y) {
    if (bytes.size() < row_bytes) return NoteDamage(raster, static_cast<int>(y), kEndsEarly);
    for (size_t x = 0; x < width; ++x) {
      const bool black = (std::to_integer<unsigned>(bytes[x / 8]) >> (7 - x % 8) & 1) != 0;
      raster->samples[y * width + x] = black ? std::byte{0} : std::byte{255};
    }
    bytes = bytes.subspan(row_bytes);
  }
}

void ReadBytes(ByteSpan bytes, const Header& header, Raster* raster) {
  const size_t file_sample_bytes = header.maximum > 255 ? 2 : 1;
  const size_t count = raster->samples.size() / SampleBytes(raster->type);
  const size_t there = std::min(count, bytes.size() / file_sample_bytes);
  if (header.maximum == 255) {
    std::memcpy(raster->samples.data(), bytes.data(), there);
  } else {
    for (size_t i = 0; i < there; ++i) {
      const uint32_t value = file_sample_bytes == 1 ? std::to_integer<uint32_t>(bytes[i])
                                                    : LoadBigEndian<uint16_t>(&bytes[2 * i]);
      PutSample(raster, i, value, header.maximum);
    }
  }
  if (there < count) NoteDamage(raster, WholeRows(*raster, there), kEndsEarly);
}

Status FillSamples(ByteSpan file, const Words& words, const Header& header, Raster* raster) {
  const ByteSpan rest = file.subspan(words.at());
  if (header.text) {
    ReadText(words, header, raster);
  } else if (header.bits) {
    ReadBits(rest, raster);
  } else {
    ReadBytes(rest, header, raster);
  }
  return {};
}

// Before memory is reserved: a file that has less than a third of its pixels is not worth any.
Status CheckLength(const Raster& raster, const Header& header, size_t rest) {
  const uint64_t samples = static_cast<uint64_t>(raster.width) *
                           static_cast<uint64_t>(raster.height) *
                           static_cast<uint64_t>(Bands(raster));
  const uint64_t least = header.bits                          ? samples / 8
                         : header.text && header.black_is_one ? samples
                         : header.text                        ? 2 * samples - 1
                         : header.maximum > 255               ? 2 * samples
                                                              : samples;
  if (rest < least / 3) return Corruption(kEndsEarly);
  return {};
}

Result<Raster> ReadPlain(ByteSpan file, char kind, Words words, uint64_t max_pixels) {
  const auto width = words.Number();
  const auto height = words.Number();
  if (!width || !height) return Corruption("no width and height");
  Header header;
  header.text = kind <= '3';
  header.black_is_one = kind == '1' || kind == '4';
  header.bits = kind == '4';
  if (header.black_is_one) {
    header.maximum = 1;
  } else {
    const auto maximum = words.Number();
    if (!maximum || *maximum == 0 || *maximum > kMostMaximum)
      return Corruption("no largest sample from 1 to 65535");
    header.maximum = *maximum;
  }
  Raster raster;
  raster.width = static_cast<int>(*width);
  raster.height = static_cast<int>(*height);
  raster.colour = kind == '3' || kind == '6' ? RasterColour::kRgb : RasterColour::kGrey;
  raster.type = header.maximum > 255 ? SampleType::kShort : SampleType::kByte;
  HL_TRY(CheckSize(raster, max_pixels));
  HL_TRY(CheckLength(raster, header, file.size() - words.at()));
  HL_TRY(MakeRoom(&raster, max_pixels));
  HL_TRY(FillSamples(file, words, header, &raster));
  return raster;
}

// "NAME VALUE", whatever white space is around them.
std::pair<std::string_view, std::string_view> SplitLine(std::string_view line) {
  constexpr std::string_view kBlank = " \t\v\f\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const size_t end = std::min(line.find_first_of(kBlank), line.size());
  std::string_view value = line.substr(end);
  value.remove_prefix(std::min(value.find_first_not_of(kBlank), value.size()));
  while (!value.empty() && kBlank.find(value.back()) != kBlank.npos) value.remove_suffix(1);
  return {line.substr(0, end), value};
}

uint32_t NumberOf(std::string_view text) {
  if (text.empty() || text.size() > 9) return 0;
  uint32_t number = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return 0;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  return number;
}

// What a PAM calls itself, else what its depth means most often.
Status SetPamColour(std::string_view type, uint32_t depth, Raster* raster) {
  const bool alpha = type.ends_with("_ALPHA") || (type.empty() && (depth == 2 || depth == 4));
  const std::string_view colours = type.substr(0, type.size() - (type.ends_with("_ALPHA") ? 6 : 0));
  if (colours == "GRAYSCALE" || colours == "BLACKANDWHITE" || (type.empty() && depth <= 2)) {
    raster->colour = RasterColour::kGrey;
  } else if (colours == "RGB" || (type.empty() && depth <= 4)) {
    raster->colour = RasterColour::kRgb;
  } else if (colours == "CMYK") {
    raster->colour = RasterColour::kCmyk;
  } else {
    return Unsupported("samples of the kind \"" + std::string(type.substr(0, 40)) + "\", " +
                       std::to_string(depth) + " a pixel");
  }
  raster->alpha = alpha ? RasterAlpha::kStraight : RasterAlpha::kNone;
  if (depth != static_cast<uint32_t>(Bands(*raster)))
    return Corruption(std::to_string(depth) + " samples a pixel do not fit the kind of picture");
  return {};
}

Result<Raster> ReadPam(ByteSpan file, Words words, uint64_t max_pixels) {
  uint32_t width = 0, height = 0, depth = 0;
  Header header;
  header.maximum = 0;
  std::string type;
  words.Line();  // the rest of "P7"
  while (true) {
    const auto line = words.Line();
    if (!line) return Corruption("the header has no ENDHDR");
    const auto [name, value] = SplitLine(*line);
    if (name == "ENDHDR") break;
    if (name == "WIDTH") width = NumberOf(value);
    if (name == "HEIGHT") height = NumberOf(value);
    if (name == "DEPTH") depth = NumberOf(value);
    if (name == "MAXVAL") header.maximum = NumberOf(value);
    if (name == "TUPLTYPE") type += std::string(type.empty() ? "" : " ") + std::string(value);
  }
  if (width == 0 || height == 0 || depth == 0) return Corruption("no width, height and depth");
  if (header.maximum == 0 || header.maximum > kMostMaximum)
    return Corruption("no largest sample from 1 to 65535");
  Raster raster;
  raster.width = static_cast<int>(width);
  raster.height = static_cast<int>(height);
  raster.type = header.maximum > 255 ? SampleType::kShort : SampleType::kByte;
  HL_TRY(SetPamColour(type, depth, &raster));
  HL_TRY(CheckSize(raster, max_pixels));
  HL_TRY(CheckLength(raster, header, file.size() - words.at()));
  HL_TRY(MakeRoom(&raster, max_pixels));
  HL_TRY(FillSamples(file, words, header, &raster));
  return raster;
}

// Where the header's third word says so, the largest byte comes first. Rows go from bottom to top.
Result<Raster> ReadPfm(ByteSpan file, bool colour, Words words, uint64_t max_pixels) {
  const auto width = words.Number();
  const auto height = words.Number();
  if (!width || !height) return Corruption("no width and height");
  std::string scale;
  int c = words.Next();
  while (IsSpace(c)) c = words.Next();
  for (; c != -1 && !IsSpace(c) && scale.size() < 64; c = words.Next())
    scale += static_cast<char>(c);
  const double factor = std::strtod(scale.c_str(), nullptr);
  if (!std::isfinite(factor) || factor == 0) return Corruption("no scale");
  Raster raster;
  raster.width = static_cast<int>(*width);
  raster.height = static_cast<int>(*height);
  raster.type = SampleType::kFloat;
  raster.colour = colour ? RasterColour::kRgb : RasterColour::kGrey;
  const ByteSpan rest = file.subspan(words.at());
  const uint64_t row_samples = uint64_t{*width} * (colour ? 3 : 1);
  HL_TRY(CheckSize(raster, max_pixels));
  // The end of the file is the top of the picture: without it there is nothing to show.
  if (rest.size() / 4 / std::max<uint64_t>(row_samples, 1) < *height) return Corruption(kEndsEarly);
  HL_TRY(MakeRoom(&raster, max_pixels));
  for (uint64_t y = 0; y < *height; ++y) {
    const std::byte* from = rest.data() + 4 * y * row_samples;
    std::byte* to = raster.samples.data() + 4 * (*height - 1 - y) * row_samples;
    for (uint64_t x = 0; x < row_samples; ++x, from += 4, to += 4) {
      const auto bits =
          factor > 0 ? LoadBigEndian<uint32_t>(from) : LoadLittleEndian<uint32_t>(from);
      std::memcpy(to, &bits, 4);
    }
  }
  return raster;
}

}  // namespace

Result<Raster> ReadPnm(ByteSpan file, uint64_t max_pixels) {
  if (file.size() < 3) return Corruption(kEndsEarly);
  Words words(file);
  words.Skip(2);
  const char kind = static_cast<char>(file[1]);
  if (kind == '7') return ReadPam(file, words, max_pixels);
  if (kind == 'F' || kind == 'f') return ReadPfm(file, kind == 'F', words, max_pixels);
  if (kind < '1' || kind > '6') return Corruption("no such kind of PNM");
  return ReadPlain(file, kind, words, max_pixels);
}

}  // namespace hashlens
