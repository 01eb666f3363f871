"""What the comparison expects beside equal pixels. A line is removed when its case has become right; the test asks for it.

The tables: name of a case, or a pattern of names that all its cases fit -> the reason.
"""

import fnmatch

# Formats that hashlens reads. A file of another one is refused as not a picture of a known format.
READ = {"jpeg", "png", "webp", "gif", "tiff", "bmp", "pnm", "pam", "heif", "avif", "jpeg2000", "jxl", "qoi", "tga", "ico", "psd", "exr", "hdr", "svg", "raw", "pdf"}

# Why ours is right although it differs, or what is left out on purpose.
LEFT_OUT = {
    "jpeg/cmyk-adobe": "CMYK without a profile: ours uses a profile of a press, which is nearer to print than (1 - ink) * (1 - black)",
    "jpeg/ycck-adobe": "as jpeg/cmyk-adobe",
    "tiff/cmyk8": "as jpeg/cmyk-adobe",
    "tiff/cmyk16": "as jpeg/cmyk-adobe",
    "psd/cmyk8": "as jpeg/cmyk-adobe",
    "psd/cmyk16": "as jpeg/cmyk-adobe",
    "psd/cmyk*[86]-rle": "as jpeg/cmyk-adobe",
    "jpeg2000/jp2-cmyk": "as jpeg/cmyk-adobe",
    "jpeg2000/jp2-cielab": "refused: no program that people use writes it",
    "jpeg2000/jp2-alpha-first": "OpenJPEG loses which component is alpha when it puts them in order",
    "png/gama-linear": "gAMA without a profile is not applied, as in many viewers",
    "png/cicp-p3": "cICP is not applied; few programs write it",
    "bmp/info-*-inside": "JPEG and PNG inside are for printers alone",
}

# What is wrong with ours and has to be mended.
WRONG_TODAY = {
}

# Why no other decoder here shows what the source says.
UNCONFIRMED = {
    "raw/developed": "no other decoder here develops raw pictures",
    "pdf/page": "no other decoder here draws PDF",
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


# Pictures that lie in the first seven tenths of their files.
AT_THE_START = ("gif/animation", "gif/small-first*", "ico/largest-of-two", "jpeg/another-after-the-end", "jxl/animation", "raw/preview-*")


def lies_at_the_start(name):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in AT_THE_START)


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
