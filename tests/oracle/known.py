"""What the comparison expects beside equal pixels. A line is removed when its case has become right; the test asks for it.

The tables: name of a case, or a pattern of names that all its cases fit -> the reason.
"""

import fnmatch

# Formats that hashlens reads. A file of another one is refused as not a picture of a known format.
READ = {"jpeg", "png", "webp", "gif", "tiff", "bmp", "pnm", "heif", "avif", "jpeg2000", "jxl"}

# Why ours is right although it differs, or what is left out on purpose.
LEFT_OUT = {
    "jpeg/cmyk-adobe": "CMYK without a profile: ours uses a profile of a press, which is nearer to print than (1 - ink) * (1 - black)",
    "jpeg/ycck-adobe": "as jpeg/cmyk-adobe",
    "tiff/cmyk8": "as jpeg/cmyk-adobe",
    "tiff/cmyk16": "as jpeg/cmyk-adobe",
    "png/raw-profile-app1": "old files of ImageMagick alone have it",
    "png/gama-linear": "gAMA without a profile is not applied, as in most viewers",
    "png/cicp-p3": "cICP is not applied; few programs write it",
    "tiff/cielab8": "the white of Lab: libvips takes D65, the source D50, which with the rounding of 8 bits is just over the limit",
    "bmp/info-palette2": "two bits exist on Windows CE alone",
    "bmp/info-alpha-fields-*": "this compression exists on Windows CE alone",
    "bmp/info-*-inside": "JPEG and PNG inside are for printers alone",
}

# What is wrong with ours and has to be mended.
WRONG_TODAY = {
    "jpeg/cmyk-adobe-profile": "a profile that has a table for the perceptual intent alone is ignored",
    "jpeg/cmyk-profile-of-many-chunks": "as jpeg/cmyk-adobe-profile",
    "jpeg/ycck-adobe-profile": "as jpeg/cmyk-adobe-profile",
    "jpeg/profile-table-perceptual-only": "as jpeg/cmyk-adobe-profile",
    "jpeg/profile-table-lut16": "as jpeg/cmyk-adobe-profile",
    "jpeg/profile-table-version-4": "as jpeg/cmyk-adobe-profile",
    "jpeg/profile-many-chunks": "as jpeg/cmyk-adobe-profile",
    "png/profile-table-*": "as jpeg/cmyk-adobe-profile",
    "tiff/profile-table-*": "as jpeg/cmyk-adobe-profile",
    "tiff/cmyk*-profile": "as jpeg/cmyk-adobe-profile; alpha and spot colours are taken as colours",
    "jpeg/orientation-as-*": "only an orientation of type SHORT is followed",
    "png/exif-after-[2-8]": "eXIf behind the pixels is not read",
    "png/raw-profile-exif": "EXIF as text is not read",
    "png/raw-profile-uncompressed": "as png/raw-profile-exif",
    "gif/small-alone*": "black around a first frame that does not cover the picture",
    "gif/small-first": "as gif/small-alone",
    "gif/small-first-coloured-background": "as gif/small-alone",
    "gif/small-first-then-restored": "as gif/small-alone",
    "tiff/grey1[024]-*": "10, 12 and 14 bits are refused",
    "tiff/white-is-zero1[024]-*": "as tiff/grey10",
    "tiff/rgb1[024]-*": "as tiff/grey10",
    "tiff/rgb[24]-*": "2 and 4 bits of several bands are refused",
    "tiff/grey32-*": "32 bits are not scaled",
    "tiff/white-is-zero32-*": "as tiff/grey32",
    "tiff/rgb32-*": "as tiff/grey32; the predictor of floating point is refused or not scaled",
    "tiff/grey-signed*": "signed samples: the lowest value is black",
    "tiff/rgb-signed*": "as tiff/grey-signed",
    "tiff/*-float16-*": "half precision is refused",
    "tiff/*-float64-*": "double precision is refused",
    "tiff/grey-float32-*": "floating point is not scaled",
    "tiff/rgb-float32-*": "as tiff/grey-float32",
    "tiff/rgba-float32": "as tiff/grey-float32",
    "tiff/profile-float32": "as tiff/grey-float32",
    "tiff/rgb16-predictor-3": "half precision is refused",
    "tiff/*-tile*-planar*": "tiles with planes of their own are refused",
    "tiff/*-extra-unspecified": "an extra band that is no alpha is taken as alpha",
    "tiff/*-alpha-and-spot": "as tiff/rgb8-extra-unspecified",
    "tiff/profile-*-spot": "as tiff/rgb8-extra-unspecified",
    "tiff/ycbcr-*": "YCbCr without JPEG is refused or taken as RGB",
    "tiff/old-jpeg": "as tiff/ycbcr",
    "tiff/icclab*": "ICCLab is taken as CIELab",
    "tiff/cielab8-alpha": "alpha of CIELab is not scaled",
    "bmp/os2-palette*": "the palette of OS/2 2.x has four bytes an entry",
    "bmp/os2-rle*": "as bmp/os2-palette",
    "bmp/info-32-fourth-junk*": "the fourth byte is no alpha",
    "bmp/v2-fields-*": "bit fields inside a header of 52 bytes are not read",
    "bmp/info-fields-444": "four bits are not stretched to eight",
    "bmp/v[345]-fields-444": "as bmp/info-fields-444",
    "pnm/p1-without-spaces": "digits without spaces between them",
    "pnm/header-two-comments": "the second comment is not skipped",
    "pnm/pfm-*": "floating point is not scaled",
    "jpeg2000/grey[124]": "few bits are not stretched to eight",
    "jpeg2000/rgb4": "as jpeg2000/grey1",
    "jpeg2000/rgb-signed*": "signed samples: the lowest value is black",
    "jpeg2000/*offset*": "the offset of the picture is not taken off",
    "jpeg2000/subsampled-all": "a corner alone is shown",
    "jpeg2000/jp2-rgba*-premultiplied": "the kind of alpha is not told apart",
    "jpeg2000/jp2-rgb-spot": "an unspecified channel is taken as alpha",
    "jpeg2000/jp2-sycc-4[24][42]": "YCbCr is taken as RGB",
    "jpeg2000/jp2-cmyk": "CMYK is taken as RGB",
    "jpeg2000/jp2-cielab": "CIELab is taken as RGB",
    "jpeg2000/jp2-profile": "the profile is ignored",
    "jpeg2000/jp2-palette*": "the decoder crashes",
    "jxl/*-float-lossless": "floating point is taken as 0 to 255, or as light",
    "jxl/*-float-lossy": "as jxl/grey-float-lossless",
    "jxl/grey-float-linear-*": "as jxl/grey-float-lossless",
    "jxl/animation": "the last frame is shown, not the first",
    "avif/rgb-400-limited-*": "the limited range of a monochrome picture is not stretched",
    "avif/rgba-premultiplied": "the kind of alpha is not told apart",
}

# Why no other decoder here shows what the source says.
UNCONFIRMED = {
    "png/raw-profile-app1": "older files of ImageMagick name the text APP1; ExifTool reads it",
    "png/cicp-p3": "the chunk of the third edition of PNG, which browsers follow, is newer than these decoders",
    "gif/small-alone*": "browsers show nothing where no frame was; these decoders show black or the background colour",
    "gif/small-first": "as gif/small-alone",
    "gif/small-first-coloured-background": "as gif/small-alone",
    "gif/small-first-then-restored": "as gif/small-alone",
    "tiff/white-is-zero10-*": "ImageMagick does not invert this depth, and no other decoder reads it",
    "tiff/white-is-zero12-*": "as tiff/white-is-zero10",
    "tiff/white-is-zero14-*": "as tiff/white-is-zero10",
    "tiff/white-is-zero32-*": "as tiff/white-is-zero10",
    "tiff/grey-float32-white-is-zero": "as tiff/white-is-zero10",
    "tiff/grey-signed8-*": "the others take signed samples as unsigned ones",
    "tiff/rgb-signed8-*": "as tiff/grey-signed8",
    "tiff/rgb-signed16-*": "as tiff/grey-signed8",
    "tiff/grey-signed32-*": "as tiff/grey-signed8",
    "tiff/rgb-signed32-*": "as tiff/grey-signed8",
    "tiff/rgb8-spot-and-alpha": "the others take the first extra band as alpha, though ExtraSamples names the second one",
    "tiff/rgb16-spot-and-alpha": "as tiff/rgb8-spot-and-alpha",
    "tiff/rgb16-two-extra-unspecified": "the others take an unspecified band as alpha",
    "tiff/cmyk16-spot-profile": "as tiff/rgb16-two-extra-unspecified",
    "tiff/icclab*": "ImageMagick takes ICCLab as CIELab, and no other decoder reads it",
    "bmp/info-palette2": "only Windows CE writes and reads two bits",
    "bmp/v2-fields-bgr565": "ImageMagick misreads a header of 52 bytes; the same pixels behind one of 40 bytes are confirmed",
    "bmp/v2-fields-rgb888": "as bmp/v2-fields-bgr565",
    "bmp/v2-fields-101010": "as bmp/v2-fields-bgr565",
    "bmp/*-fields-444": "ImageMagick does not stretch four bits to eight, Pillow does not read them",
    "bmp/info-alpha-fields-*": "only Windows CE writes and reads these",
    "bmp/info-rle?-early-end": "the others refuse a picture whose run lengths end early",
    "bmp/info-*-inside": "these are for printers; none of the others reads them",
    "pam/without-type": "the others want a TUPLTYPE",
    "jpeg2000/jp2-rgba*-premultiplied": "the others do not tell premultiplied alpha from plain alpha",
    "jpeg2000/jp2-rgb-spot": "the others take an unspecified channel as alpha",
    "jxl/*-float-linear-lossless": "djxl writes light, without a conversion to sRGB",
    "hdr/from-bottom": "Pillow does not read HDR, ImageMagick ignores the direction of the rows",
    "exr/rgba-*": "ImageMagick does not divide the colours by alpha, with which OpenEXR has them multiplied",
}


def _find(table, name):
    return next((reason for pattern, reason in table.items() if fnmatch.fnmatchcase(name, pattern)), None)


def left_out(name):
    return _find(LEFT_OUT, name)


def wrong_today(name):
    return _find(WRONG_TODAY, name)


def reason_for(name):
    return left_out(name) or wrong_today(name)


def unconfirmed(name):
    return _find(UNCONFIRMED, name)


def patterns():
    return [*LEFT_OUT, *WRONG_TODAY, *UNCONFIRMED]
