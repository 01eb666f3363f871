#include "decode/vips_colour.h"

#include <cstddef>

#include "base/bytes.h"
#include "base/icc.h"
#include "decode/vips_apply.h"

namespace hashlens {
namespace {

bool Convert(VipsPicture* picture, VipsInterpretation to) {
  return Apply(picture, [to](VipsImage* in, VipsImage** out) {
    return vips_colourspace(in, out, to, nullptr);
  });
}

// Files may state a colour space that does not fit their bands. Afterwards they agree, and pictures
// of unknown meaning are grey (one or two bands) or the first three bands as RGB.
bool SettleInterpretation(VipsPicture* picture) {
  VipsInterpretation type = vips_image_guess_interpretation(picture->get());
  if (!vips_colourspace_issupported(picture->get()) || type == VIPS_INTERPRETATION_MULTIBAND) {
    const int bands = vips_image_get_bands(picture->get());
    const bool wide = vips_image_get_format(picture->get()) == VIPS_FORMAT_USHORT;
    if (bands >= 3) {
      type = wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
    } else {
      type = wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
    }
    if (bands > 4 && !Apply(picture, [](VipsImage* in, VipsImage** out) {
          return vips_extract_band(in, out, 0, "n", 3, nullptr);
        })) {
      return false;
    }
  }
  return Apply(picture, [type](VipsImage* in, VipsImage** out) {
    return vips_copy(in, out, "interpretation", type, nullptr);
  });
}

// Values times `factor`, rounded, in a format of whole numbers.
bool Scale(VipsPicture* picture, double factor, VipsBandFormat format) {
  return Apply(picture,
               [factor](VipsImage* in, VipsImage** out) {
                 return vips_linear1(in, out, factor, 0.5, nullptr);
               }) &&
         Apply(picture, [format](VipsImage* in, VipsImage** out) {
           return vips_cast(in, out, format, nullptr);
         });
}

// *full: what alpha is where nothing shines through. Spaces where that is in doubt are converted to
// sRGB.
bool SettleAlpha(VipsPicture* picture, double* full) {
  *full = 255;
  switch (vips_image_get_interpretation(picture->get())) {
    case VIPS_INTERPRETATION_RGB16:
    case VIPS_INTERPRETATION_GREY16:
      *full = 65535;
      return true;
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_B_W:
      return true;
    case VIPS_INTERPRETATION_CMYK:
      if (vips_image_get_format(picture->get()) == VIPS_FORMAT_USHORT) *full = 65535;
      return true;
    default:
      return Convert(picture, VIPS_INTERPRETATION_sRGB);
  }
}

bool Shrink(VipsPicture* picture, int shrink) {
  return Apply(picture, [shrink](VipsImage* in, VipsImage** out) {
    return vips_shrink(in, out, shrink, shrink, nullptr);
  });
}

// Pixels count as much as they show, so that the colours of transparent ones bleed into none.
bool ShrinkWithAlpha(VipsPicture* picture, int shrink, double full) {
  const VipsBandFormat format = vips_image_get_format(picture->get());
  return Apply(picture,
               [full](VipsImage* in, VipsImage** out) {
                 return vips_premultiply(in, out, "max_alpha", full, nullptr);
               }) &&
         Shrink(picture, shrink) &&
         Apply(picture,
               [full](VipsImage* in, VipsImage** out) {
                 return vips_unpremultiply(in, out, "max_alpha", full, nullptr);
               }) &&
         Scale(picture, 1, format);
}

// Parts the picture from its alpha, as 8 bits, which is the last band.
bool TakeAlpha(VipsPicture* picture, double full, VipsPicture* alpha) {
  const int colours = vips_image_get_bands(picture->get()) - 1;
  VipsImage* band = nullptr;
  if (vips_extract_band(picture->get(), &band, colours, nullptr) != 0) return false;
  alpha->reset(band);
  return Scale(alpha, 255 / full, VIPS_FORMAT_UCHAR) &&
         Apply(picture, [colours](VipsImage* in, VipsImage** out) {
           return vips_extract_band(in, out, 0, "n", colours, nullptr);
         });
}

// The embedded profile where pixels must be converted by it, else empty.
ByteSpan ForeignProfile(VipsImage* image) {
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0) return {};
  const void* data = nullptr;
  size_t size = 0;
  if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0) return {};
  const ByteSpan profile(static_cast<const std::byte*>(data), size);
  const bool foreign = ClassifyProfile(profile, vips_image_get_bands(image)) == ProfileKind::kOther;
  return foreign ? profile : ByteSpan();
}

// Through the colour engine where there is a profile to follow, or where none would be wrong
// (CMYK). False when the engine cannot use the profile; the picture is then as before.
bool ConvertByProfile(VipsPicture* picture) {
  const VipsBandFormat format = vips_image_get_format(picture->get());
  if (format != VIPS_FORMAT_UCHAR && format != VIPS_FORMAT_USHORT) return false;
  const bool cmyk = vips_image_get_interpretation(picture->get()) == VIPS_INTERPRETATION_CMYK;
  const ByteSpan profile = ForeignProfile(picture->get());
  if (!cmyk && profile.empty()) return false;
  // The numbers of ICC's intents are libvips', too.
  const int intent = profile.empty() ? VIPS_INTENT_RELATIVE : RenderingIntent(profile);
  return Apply(picture, [cmyk, &profile, intent](VipsImage* in, VipsImage** out) {
    return vips_icc_transform(in, out, "srgb", "embedded", static_cast<gboolean>(!profile.empty()),
                              "input_profile", cmyk ? "cmyk" : "srgb", "intent", intent,
                              "black_point_compensation", TRUE, "depth", 8, nullptr);
  });
}

}  // namespace

bool ShrinkToSrgb(VipsPicture* picture, int shrink) {
  if (!SettleInterpretation(picture)) return false;
  VipsPicture alpha;
  if (vips_image_hasalpha(picture->get())) {
    double full = 0;
    if (!SettleAlpha(picture, &full) || (shrink > 1 && !ShrinkWithAlpha(picture, shrink, full)) ||
        !TakeAlpha(picture, full, &alpha))
      return false;
  } else if (shrink > 1 && !Shrink(picture, shrink)) {
    return false;
  }
  // A profile that the engine refuses is no reason to lose the picture: it is read without.
  if (!ConvertByProfile(picture) && !Convert(picture, VIPS_INTERPRETATION_sRGB)) return false;
  if (vips_image_get_bands(picture->get()) > 3 &&
      !Apply(picture, [](VipsImage* in, VipsImage** out) {
        return vips_extract_band(in, out, 0, "n", 3, nullptr);
      })) {
    return false;
  }
  if (vips_image_get_bands(picture->get()) != 3) {
    vips_error("colour", "unsupported number of bands");
    return false;
  }
  if (!Apply(picture, [](VipsImage* in, VipsImage** out) {
        return vips_cast(in, out, VIPS_FORMAT_UCHAR, nullptr);
      })) {
    return false;
  }
  return !alpha || Apply(picture, [&alpha](VipsImage* in, VipsImage** out) {
    return vips_bandjoin2(in, alpha.get(), out, nullptr);
  });
}

}  // namespace hashlens
