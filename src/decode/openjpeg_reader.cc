#include "decode/openjpeg_reader.h"

#include <openjpeg.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>

#include "base/decoder_words.h"
#include "base/pixel_limit.h"
#include "base/text.h"
#include "base/try.h"

namespace hashlens {
namespace {

constexpr uint32_t kMostBits = 31;

struct DestroyCodec {
  void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};
struct DestroyStream {
  void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
struct DestroyImage {
  void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
using Codec = std::unique_ptr<opj_codec_t, DestroyCodec>;
using Stream = std::unique_ptr<opj_stream_t, DestroyStream>;
using OpjImage = std::unique_ptr<opj_image_t, DestroyImage>;

// A file in memory, as OpenJPEG reads it.
struct Cursor {
  ByteSpan file;
  size_t at = 0;
};

OPJ_SIZE_T ReadSome(void* to, OPJ_SIZE_T bytes, void* data) {
  auto* cursor = static_cast<Cursor*>(data);
  const size_t count = std::min<size_t>(bytes, cursor->file.size() - cursor->at);
  if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(to, cursor->file.data() + cursor->at, count);
  cursor->at += count;
  return count;
}

OPJ_OFF_T SkipSome(OPJ_OFF_T bytes, void* data) {
  auto* cursor = static_cast<Cursor*>(data);
  if (bytes < 0) return -1;
  const size_t count =
      std::min<size_t>(static_cast<size_t>(bytes), cursor->file.size() - cursor->at);
  cursor->at += count;
  return static_cast<OPJ_OFF_T>(count);
}

OPJ_BOOL SeekTo(OPJ_OFF_T place, void* data) {
  auto* cursor = static_cast<Cursor*>(data);
  if (place < 0 || static_cast<size_t>(place) > cursor->file.size()) return OPJ_FALSE;
  cursor->at = static_cast<size_t>(place);
  return OPJ_TRUE;
}

void KeepFirst(const char* text, void* words) {
  auto* kept = static_cast<std::string*>(words);
  if (kept->empty()) *kept = text;
}

void Drop(const char*, void*) {}

// What OpenJPEG has said, as the reason of a failure.
Status Failure(std::string words) {
  if (SaysNoMemory(words) || words.find("emory") != words.npos)
    return IoError("not enough memory for the picture");
  while (!words.empty() && (words.back() == '\n' || words.back() == '.')) words.pop_back();
  return Corruption(words.empty() ? "the code stream is broken" : Printable(words));
}

uint32_t CeilDiv(uint32_t a, uint32_t b) { return a / b + (a % b != 0 ? 1 : 0); }
uint32_t CeilShift(uint32_t a, uint32_t bits) {
  return static_cast<uint32_t>((uint64_t{a} + (uint64_t{1} << bits) - 1) >> bits);
}

struct Step {
  uint32_t x = 1, y = 1;
};

// The finest component is the picture's grid; where every one is coarser than the reference grid,
// so is the picture.
Step FinestStep(const opj_image_t& image) {
  Step step = {image.comps[0].dx, image.comps[0].dy};
  for (uint32_t i = 1; i < image.numcomps; ++i) {
    step.x = std::min(step.x, image.comps[i].dx);
    step.y = std::min(step.y, image.comps[i].dy);
  }
  return step;
}

Status CheckImage(const opj_image_t& image, uint64_t max_pixels) {
  if (image.numcomps == 0 || image.x1 <= image.x0 || image.y1 <= image.y0)
    return Corruption("the header states an empty picture");
  for (uint32_t i = 0; i < image.numcomps; ++i) {
    const opj_image_comp_t& part = image.comps[i];
    if (part.dx == 0 || part.dy == 0 || part.prec == 0 || part.prec > kMostBits)
      return Corruption("the header states an impossible component");
  }
  const uint64_t width = image.x1 - image.x0, height = image.y1 - image.y0;
  const uint64_t weight = (uint64_t{image.numcomps} + 3) / 4;
  if (width > INT32_MAX || height > INT32_MAX || width > max_pixels / weight / height) {
    return OverPixelLimit(width, height, max_pixels,
                          " with " + std::to_string(image.numcomps) + " components");
  }
  return {};
}

// How many times the picture may be halved.
uint32_t HalvingsFor(opj_codec_t* codec, uint32_t short_side, int min_short_side) {
  if (min_short_side <= 0) return 0;
  opj_codestream_info_v2_t* info = opj_get_cstr_info(codec);
  if (info == nullptr) return 0;
  uint32_t most = 32;
  for (uint32_t i = 0; i < info->nbcomps; ++i)
    most = std::min(most, info->m_default_tile_info.tccp_info[i].numresolutions);
  opj_destroy_cstr_info(&info);
  uint32_t halvings = 0;
  while (halvings + 1 < most &&
         CeilShift(short_side, halvings + 1) >= static_cast<uint32_t>(min_short_side))
    ++halvings;
  return halvings;
}

// Where the samples of one component lie on the picture's grid.
class Component {
 public:
  Component(const opj_image_t& image, const opj_image_comp_t& part, Step step)
      : part_(part),
        // Offsets of the grid, of the picture and of the component, halved as they are.
        grid_x_(CeilShift(CeilDiv(image.x0, step.x), part.factor)),
        grid_y_(CeilShift(CeilDiv(image.y0, step.y), part.factor)),
        own_x_(CeilShift(CeilDiv(image.x0, part.dx), part.factor)),
        own_y_(CeilShift(CeilDiv(image.y0, part.dy), part.factor)),
        step_(step) {}

  // From 0 to the largest value of its bits, whether the file counts from there or not.
  uint32_t At(uint32_t x, uint32_t y) const {
    const size_t column = Place(x, grid_x_, step_.x, part_.dx, own_x_, part_.w);
    const size_t row = Place(y, grid_y_, step_.y, part_.dy, own_y_, part_.h);
    const int64_t half = part_.sgnd ? int64_t{1} << (part_.prec - 1) : 0;
    const int64_t most = (int64_t{1} << part_.prec) - 1;
    return static_cast<uint32_t>(
        std::clamp<int64_t>(part_.data[row * part_.w + column] + half, 0, most));
  }

  double Part(uint32_t x, uint32_t y) const {
    return At(x, y) / static_cast<double>((int64_t{1} << part_.prec) - 1);
  }

  // Whether samples are bytes that lie one to one on the picture's grid.
  bool IsPlain(const Raster& raster) const {
    return part_.prec == 8 && part_.sgnd == 0 && part_.dx == step_.x && part_.dy == step_.y &&
           own_x_ == grid_x_ && own_y_ == grid_y_ &&
           part_.w == static_cast<uint32_t>(raster.width) &&
           part_.h == static_cast<uint32_t>(raster.height);
  }

  // Of a plain component: every sample to every `bands`-th place.
  void CopyTo(std::byte* to, size_t bands) const {
    const OPJ_INT32* const end = part_.data + size_t{part_.w} * part_.h;
    for (const OPJ_INT32* at = part_.data; at != end; ++at, to += bands)
      *to = static_cast<std::byte>(std::clamp(*at, 0, 255));
  }

 private:
  static size_t Place(uint32_t at, uint32_t grid, uint32_t step, uint32_t own_step, uint32_t own,
                      uint32_t count) {
    const uint64_t reference = (uint64_t{at} + grid) * step / own_step;
    return reference <= own ? 0 : std::min<uint64_t>(reference - own, count - 1);
  }

  const opj_image_comp_t& part_;
  uint32_t grid_x_, grid_y_, own_x_, own_y_;
  Step step_;
};

enum class Space { kGrey, kRgb, kYcc, kCmyk };

Result<Space> SpaceOf(const opj_image_t& image, uint32_t colours) {
  const opj_image_comp_t* const part = image.comps;
  switch (image.color_space) {
    case OPJ_CLRSPC_GRAY:
      return Space::kGrey;
    case OPJ_CLRSPC_SYCC:
    case OPJ_CLRSPC_EYCC:
      return colours >= 3 ? Space::kYcc : Space::kGrey;
    case OPJ_CLRSPC_CMYK:
      if (colours < 4) return Corruption("CMYK of fewer than four components");
      return Space::kCmyk;
    case OPJ_CLRSPC_SRGB:
      return colours >= 3 ? Space::kRgb : Space::kGrey;
    default:
      break;
  }
  // OpenJPEG keeps the description of Lab where a profile would be, with a length of 0.
  if (image.icc_profile_buf != nullptr && image.icc_profile_len == 0)
    return Unsupported("Lab colours");
  if (colours < 3) return Space::kGrey;
  const bool coarser =
      part[1].dx > part[0].dx && part[1].dx == part[2].dx && part[1].dy == part[2].dy;
  if (coarser && image.icc_profile_len == 0) return Space::kYcc;
  return colours >= 4 && image.icc_profile_len != 0 ? Space::kCmyk : Space::kRgb;
}

void PutSample(double part, SampleType type, std::byte** to) {
  part = std::clamp(part, 0.0, 1.0);
  if (type == SampleType::kByte) {
    *(*to)++ = static_cast<std::byte>(std::lround(part * 255));
    return;
  }
  const auto wide = static_cast<uint16_t>(std::lround(part * 65535));
  std::memcpy(*to, &wide, 2);
  *to += 2;
}

// The samples of all components, pixel by pixel.
void Fill(const std::vector<Component>& parts, Space space, Raster* raster) {
  std::byte* to = raster->samples.data();
  const bool plain =
      raster->type == SampleType::kByte && space != Space::kYcc &&
      std::ranges::all_of(parts, [&](const Component& part) { return part.IsPlain(*raster); });
  if (plain) {
    for (size_t i = 0; i < parts.size(); ++i) parts[i].CopyTo(to + i, parts.size());
    return;
  }
  for (uint32_t y = 0; y < static_cast<uint32_t>(raster->height); ++y) {
    for (uint32_t x = 0; x < static_cast<uint32_t>(raster->width); ++x) {
      size_t next = 0;
      if (space == Space::kYcc) {  // IEC 61966-2-1 Amendment 1, with ITU-R BT.601's numbers
        const double luma = parts[0].Part(x, y);
        const double blue = parts[1].Part(x, y) - 0.5, red = parts[2].Part(x, y) - 0.5;
        PutSample(luma + 1.402 * red, raster->type, &to);
        PutSample(luma - 0.344136 * blue - 0.714136 * red, raster->type, &to);
        PutSample(luma + 1.772 * blue, raster->type, &to);
        next = 3;
      }
      for (; next < parts.size(); ++next) PutSample(parts[next].Part(x, y), raster->type, &to);
    }
  }
}

Result<Raster> ToRaster(const opj_image_t& image, uint64_t max_pixels) {
  // Alpha may stand anywhere; of several the first counts.
  std::vector<uint32_t> colours;
  int alpha = -1;
  for (uint32_t i = 0; i < image.numcomps; ++i) {
    const opj_image_comp_t& part = image.comps[i];
    if (part.data == nullptr || part.w == 0 || part.h == 0)
      return Corruption("a component has no samples");
    if (part.alpha == 0) {
      colours.push_back(i);
    } else if (part.alpha <= 2 && alpha < 0) {  // others are no opacity
      alpha = static_cast<int>(i);
    }
  }
  if (colours.empty()) return Corruption("no component is a colour");
  HL_ASSIGN(const Space space, SpaceOf(image, static_cast<uint32_t>(colours.size())));
  const Step step = FinestStep(image);
  const uint32_t factor = image.comps[0].factor;
  Raster raster;
  const auto side = [&](uint32_t start, uint32_t end, uint32_t by) {
    return static_cast<int>(CeilShift(CeilDiv(end, by), factor) -
                            CeilShift(CeilDiv(start, by), factor));
  };
  raster.width = side(image.x0, image.x1, step.x);
  raster.height = side(image.y0, image.y1, step.y);
  raster.original_width = static_cast<int>(CeilDiv(image.x1, step.x) - CeilDiv(image.x0, step.x));
  raster.original_height = static_cast<int>(CeilDiv(image.y1, step.y) - CeilDiv(image.y0, step.y));
  raster.colour = space == Space::kGrey   ? RasterColour::kGrey
                  : space == Space::kCmyk ? RasterColour::kCmyk
                                          : RasterColour::kRgb;
  const bool wide =
      std::ranges::any_of(colours, [&](uint32_t i) { return image.comps[i].prec > 8; });
  raster.type = wide ? SampleType::kShort : SampleType::kByte;
  if (alpha >= 0) {
    raster.alpha =
        image.comps[alpha].alpha == 2 ? RasterAlpha::kPremultiplied : RasterAlpha::kStraight;
  }
  HL_TRY(MakeRoom(&raster, max_pixels));
  std::vector<Component> parts;
  const size_t used = space == Space::kGrey ? 1 : space == Space::kCmyk ? 4 : 3;
  for (size_t i = 0; i < used; ++i) parts.emplace_back(image, image.comps[colours[i]], step);
  if (alpha >= 0) parts.emplace_back(image, image.comps[alpha], step);
  Fill(parts, space, &raster);
  if (space != Space::kYcc && image.icc_profile_len > 0) {
    const auto* profile = reinterpret_cast<const std::byte*>(image.icc_profile_buf);
    raster.icc.assign(profile, profile + image.icc_profile_len);
  }
  return raster;
}

}  // namespace

Result<Raster> ReadJpeg2000(ByteSpan file, uint64_t max_pixels, int min_short_side) {
  const bool bare = file.size() >= 4 && file[0] == std::byte{0xff} && file[1] == std::byte{0x4f};
  const Codec codec(opj_create_decompress(bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2));
  const Stream stream(opj_stream_default_create(OPJ_TRUE));
  if (!codec || !stream) return IoError("not enough memory for the picture");
  std::string words;
  opj_set_error_handler(codec.get(), KeepFirst, &words);
  opj_set_warning_handler(codec.get(), Drop, nullptr);
  opj_set_info_handler(codec.get(), Drop, nullptr);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!opj_setup_decoder(codec.get(), &parameters)) return Failure(words);
  Cursor cursor = {file};
  opj_stream_set_user_data(stream.get(), &cursor, nullptr);
  opj_stream_set_user_data_length(stream.get(), file.size());
  opj_stream_set_read_function(stream.get(), ReadSome);
  opj_stream_set_skip_function(stream.get(), SkipSome);
  opj_stream_set_seek_function(stream.get(), SeekTo);
  opj_image_t* made = nullptr;
  const bool has_header = opj_read_header(stream.get(), codec.get(), &made);
  const OpjImage image(made);
  if (!has_header || !image) return Failure(words);
  HL_TRY(CheckImage(*image, max_pixels));
  const uint32_t short_side = std::min(image->x1 - image->x0, image->y1 - image->y0);
  const Step step = FinestStep(*image);
  const uint32_t halvings =
      HalvingsFor(codec.get(), short_side / std::max(step.x, step.y), min_short_side);
  if (halvings > 0 && !opj_set_decoded_resolution_factor(codec.get(), halvings))
    return Failure(words);
  if (!opj_decode(codec.get(), stream.get(), image.get())) return Failure(words);
  return ToRaster(*image, max_pixels);
}

}  // namespace hashlens
