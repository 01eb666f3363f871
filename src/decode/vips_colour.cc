#include "decode/vips_colour.h"

#include <cstddef>

#include "base/bytes.h"
#include "base/icc.h"

namespace hashlens {
namespace {

// Runs one operation, called as operation(in, &out), and keeps its result.
template <typename Operation>
bool Apply(VipsPicture* picture, Operation operation) {
  VipsImage* out = nullptr;
  if (operation(picture->get(), &out) != 0) return false;
  picture->reset(out);
  return true;
}

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

// libvips leaves PNM samples as they are; they mean parts of the file's own maximum.
bool StretchPnm(VipsPicture* picture) {
  if (vips_image_get_typeof(picture->get(), "ppm-max-value") == 0) return true;
  int maximum = 0;
  if (vips_image_get_int(picture->get(), "ppm-max-value", &maximum) != 0) return false;
  const VipsBandFormat format = vips_image_get_format(picture->get());
  const int full = format == VIPS_FORMAT_USHORT ? 65535 : 255;
  if (maximum <= 0 || maximum >= full) return true;
  const double factor = static_cast<double>(full) / maximum;
  return Apply(picture,
               [factor](VipsImage* in, VipsImage** out) {
                 return vips_linear1(in, out, factor, 0.5, nullptr);
               }) &&
         Apply(picture, [format](VipsImage* in, VipsImage** out) {
           return vips_cast(in, out, format, nullptr);
         });
}

// Lays transparent pixels over white. Spaces where white is not "every band at its maximum" are
// converted to sRGB before.
bool Flatten(VipsPicture* picture) {
  if (!vips_image_hasalpha(picture->get())) return true;
  double white = 255;
  switch (vips_image_get_interpretation(picture->get())) {
    case VIPS_INTERPRETATION_RGB16:
    case VIPS_INTERPRETATION_GREY16:
      white = 65535;
      break;
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_B_W:
      break;
    default:
      if (!Convert(picture, VIPS_INTERPRETATION_sRGB)) return false;
  }
  return Apply(picture, [white](VipsImage* in, VipsImage** out) {
    VipsArrayDouble* background = vips_array_double_newv(1, white);
    const int failed = vips_flatten(in, out, "background", background, "max_alpha", white, nullptr);
    vips_area_unref(VIPS_AREA(background));
    return failed;
  });
}

bool HasForeignProfile(VipsImage* image) {
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0) return false;
  const void* data = nullptr;
  size_t size = 0;
  if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0) return false;
  const ByteSpan profile(static_cast<const std::byte*>(data), size);
  return ClassifyProfile(profile, vips_image_get_bands(image)) == ProfileKind::kOther;
}

// Through the colour engine where there is a profile to follow, or where none would be wrong
// (CMYK). False when the engine cannot use the profile; the picture is then as before.
bool ConvertByProfile(VipsPicture* picture) {
  const VipsBandFormat format = vips_image_get_format(picture->get());
  if (format != VIPS_FORMAT_UCHAR && format != VIPS_FORMAT_USHORT) return false;
  const bool cmyk = vips_image_get_interpretation(picture->get()) == VIPS_INTERPRETATION_CMYK;
  const bool embedded = HasForeignProfile(picture->get());
  if (!cmyk && !embedded) return false;
  return Apply(picture, [cmyk, embedded](VipsImage* in, VipsImage** out) {
    return vips_icc_transform(in, out, "srgb", "embedded", static_cast<gboolean>(embedded),
                              "input_profile", cmyk ? "cmyk" : "srgb", "depth", 8, nullptr);
  });
}

}  // namespace

bool ShrinkToSrgb(VipsPicture* picture, int shrink) {
  if (!StretchPnm(picture) || !SettleInterpretation(picture) || !Flatten(picture)) return false;
  if (shrink > 1 && !Apply(picture, [shrink](VipsImage* in, VipsImage** out) {
        return vips_shrink(in, out, shrink, shrink, nullptr);
      })) {
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
  return Apply(picture, [](VipsImage* in, VipsImage** out) {
    return vips_cast(in, out, VIPS_FORMAT_UCHAR, nullptr);
  });
}

}  // namespace hashlens
