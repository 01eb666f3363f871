#include "decode/jxl_reader.h"

#include <jxl/decode.h>
#include <jxl/decode_cxx.h>

#include <algorithm>
#include <string>
#include <type_traits>

#include "base/try.h"

namespace hashlens {
namespace {

JxlPixelFormat FormatFor(const JxlBasicInfo& info, Raster* raster) {
  const bool floats = info.exponent_bits_per_sample > 0;
  raster->type = floats                     ? SampleType::kFloat
                 : info.bits_per_sample > 8 ? SampleType::kShort
                                            : SampleType::kByte;
  raster->colour = info.num_color_channels == 1 ? RasterColour::kGrey : RasterColour::kRgb;
  if (info.alpha_bits > 0) {
    raster->alpha = info.alpha_premultiplied ? RasterAlpha::kPremultiplied : RasterAlpha::kStraight;
  }
  return {static_cast<uint32_t>(Bands(*raster)),
          floats                     ? JXL_TYPE_FLOAT
          : info.bits_per_sample > 8 ? JXL_TYPE_UINT16
                                     : JXL_TYPE_UINT8,
          JXL_NATIVE_ENDIAN, 0};
}

// One of libjxl's functions for the profile of the pixels. Before version 0.9 it also takes a
// format, which it ignores.
template <typename Function, typename... Arguments>
JxlDecoderStatus AskProfile(Function function, JxlDecoder* decoder, Arguments... arguments) {
  constexpr JxlColorProfileTarget kTarget = JXL_COLOR_PROFILE_TARGET_DATA;
  if constexpr (std::is_invocable_v<Function, JxlDecoder*, JxlColorProfileTarget, Arguments...>) {
    return function(decoder, kTarget, arguments...);
  } else {
    return function(decoder, nullptr, kTarget, arguments...);
  }
}

// The profile of the pixels that will be given.
bool TakeProfile(JxlDecoder* decoder, Raster* raster) {
  size_t size = 0;
  if (AskProfile(JxlDecoderGetICCProfileSize, decoder, &size) != JXL_DEC_SUCCESS) return false;
  raster->icc.resize(size);
  return AskProfile(JxlDecoderGetColorAsICCProfile, decoder,
                    reinterpret_cast<uint8_t*>(raster->icc.data()), size) == JXL_DEC_SUCCESS;
}

}  // namespace

Result<Raster> ReadJxl(ByteSpan file, uint64_t max_pixels) {
  const JxlDecoderPtr decoder = JxlDecoderMake(nullptr);
  if (!decoder) return IoError("not enough memory for the picture");
  JxlDecoderSetKeepOrientation(decoder.get(), JXL_TRUE);
  JxlDecoderSubscribeEvents(decoder.get(),
                            JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE);
  JxlDecoderSetInput(decoder.get(), reinterpret_cast<const uint8_t*>(file.data()), file.size());
  JxlDecoderCloseInput(decoder.get());
  Raster raster;
  JxlPixelFormat format = {};
  while (true) {
    switch (JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_BASIC_INFO: {
        JxlBasicInfo info;
        if (JxlDecoderGetBasicInfo(decoder.get(), &info) != JXL_DEC_SUCCESS)
          return Corruption("no header");
        raster.width = static_cast<int>(std::min<uint32_t>(info.xsize, INT32_MAX));
        raster.height = static_cast<int>(std::min<uint32_t>(info.ysize, INT32_MAX));
        raster.orientation = static_cast<int>(info.orientation);
        format = FormatFor(info, &raster);
        HL_TRY(CheckSize(raster, max_pixels));
        break;
      }
      case JXL_DEC_COLOR_ENCODING:
        if (!TakeProfile(decoder.get(), &raster)) raster.icc.clear();
        break;
      case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
        HL_TRY(MakeRoom(&raster, max_pixels));
        if (JxlDecoderSetImageOutBuffer(decoder.get(), &format, raster.samples.data(),
                                        raster.samples.size()) != JXL_DEC_SUCCESS)
          return Corruption("its pixels do not fit its header");
        break;
      case JXL_DEC_FULL_IMAGE:  // of an animation the first
        return raster;
      case JXL_DEC_NEED_MORE_INPUT:
        return Corruption(kEndsEarly);
      default:
        return Corruption("the code stream is broken");
    }
  }
}

}  // namespace hashlens
