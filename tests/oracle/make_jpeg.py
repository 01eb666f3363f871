"""JPEG: samplings, processes, colour spaces, orientations, profiles."""

import io
import struct

import numpy as np
from PIL import Image

import profiles
from corpus import run_tool
from pictures import grey8, photo, photo8, quantise, rgb8, to8, upright, ycc

QUALITY = 95


def jpeg_file(pixels, mode=None, **options):
    out = io.BytesIO()
    Image.fromarray(pixels, mode).save(out, "JPEG", **{"quality": QUALITY, "subsampling": 0, **options})
    return out.getvalue()


def with_segment(jpeg, marker, payload):
    """The file with one more segment right after its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def without_segment(jpeg, marker):
    at = jpeg.index(marker)
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]:]


def exif(orientation, *, order="<", kind=3):
    """An EXIF block with an orientation of that TIFF type alone: 3 SHORT, 4 LONG, 1 BYTE, 9 SLONG."""
    value = {1: "B3x", 3: "H2x", 4: "I", 6: "b3x", 8: "h2x", 9: "i"}[kind]
    return (b"II" if order == "<" else b"MM") + struct.pack(order + "HIHHHI" + value + "I", 42, 8, 1, 0x112, kind, 1, orientation, 0)


def _with_exif(jpeg, block):
    return with_segment(jpeg, 0xE1, b"Exif\0\0" + block)


def _with_profile(jpeg, profile, chunk=65000):
    parts = [profile[at:at + chunk] for at in range(0, len(profile), chunk)]
    for number in range(len(parts), 0, -1):
        jpeg = with_segment(jpeg, 0xE2, b"ICC_PROFILE\0" + bytes([number, len(parts)]) + parts[number - 1])
    return jpeg


def _ppm(pixels):
    kind = b"P6" if pixels.ndim == 3 else b"P5"
    return kind + b"\n%d %d\n255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes()


def _cjpeg(*options, pixels=None):
    source = photo8() if pixels is None else pixels
    return lambda: run_tool("cjpeg", "-quality", QUALITY, *options, data=_ppm(source))


def _scans(corpus, script):
    path = corpus.scratch / "scans.txt"
    path.write_text(script)
    return _cjpeg("-scans", path)()


def _codings(corpus):
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        corpus.add(f"jpeg/rgb-{name}", jpeg_file(photo8(), subsampling=sampling), photo8())
        corpus.add(f"jpeg/rgb-{name}-progressive", jpeg_file(photo8(), subsampling=sampling, progressive=True), photo8())
    for sample in ("4x1", "1x2", "4x2", "2x4", "1x4", "3x1", "2x2,2x1,1x2", "1x1,2x2,2x2"):
        name = sample.replace(",", "_")
        coarse = sample in ("2x4", "1x4")  # too coarse to be like the source
        corpus.add(f"jpeg/rgb-sample-{name}", _cjpeg("-sample", sample), None if coarse else photo8())
    for name, options in (("arithmetic", ["-arithmetic"]), ("arithmetic-progressive", ["-arithmetic", "-progressive"]),
                          ("restart-rows", ["-restart", "1"]), ("restart-blocks", ["-restart", "3B"]), ("optimised", ["-optimize"]),
                          ("rgb-not-ycc", ["-rgb"]), ("smoothed-dct-float", ["-dct", "float"])):
        corpus.add(f"jpeg/{name}", _cjpeg(*options), photo8())
    corpus.add("jpeg/one-scan-a-band", lambda: _scans(corpus, "0;\n1;\n2;\n"), photo8())
    corpus.add("jpeg/rgb-by-component-names", lambda: without_segment(_cjpeg("-rgb")(), b"\xff\xee"), photo8())
    corpus.add("jpeg/quality-1", jpeg_file(photo8(), quality=1))
    corpus.add("jpeg/grey", jpeg_file(grey8()), rgb8(grey8()))
    corpus.add("jpeg/grey-progressive", jpeg_file(grey8(), progressive=True), rgb8(grey8()))
    corpus.add("jpeg/grey-sample-2x2", _cjpeg("-sample", "2x2", pixels=grey8()), rgb8(grey8()))
    corpus.add("jpeg/grey-arithmetic", _cjpeg("-arithmetic", pixels=grey8()), rgb8(grey8()))
    for width, height in ((1, 1), (7, 5), (17, 1), (1, 33), (63, 65)):
        small = photo8(width, height)
        corpus.add(f"jpeg/size-{width}x{height}", jpeg_file(small, quality=100), small)


def _markers(corpus):
    plain = jpeg_file(photo8())
    corpus.add("jpeg/comment", with_segment(plain, 0xFE, b"a comment"), photo8())
    corpus.add("jpeg/no-jfif", plain[:2] + plain[4 + struct.unpack(">H", plain[4:6])[0]:], photo8())
    corpus.add("jpeg/fill-bytes", plain[:2] + b"\xff\xff\xff" + plain[2:], photo8())
    corpus.add("jpeg/bytes-after-the-end", plain + b"\0" * 100 + b"more", photo8())
    corpus.add("jpeg/another-after-the-end", plain + jpeg_file(grey8()), photo8())
    corpus.add("jpeg/without-end", plain[:-2], photo8())
    corpus.add("jpeg/thumbnail-in-exif", _with_exif(plain, exif(1) + jpeg_file(grey8(16, 16))), photo8())


def _inks(corpus):
    """CMYK as Adobe writes it (255: no ink) and plain; YCCK. Without a profile: (1 - ink) * (1 - black)."""
    shown = photo8()
    cmyk = to8(profiles.inks(photo()), 1)
    out = io.BytesIO()
    Image.fromarray(cmyk, "CMYK").save(out, "JPEG", quality=QUALITY)
    adobe = out.getvalue()  # with Adobe's marker and inverted values
    corpus.add("jpeg/cmyk-adobe", adobe, shown)
    corpus.add("jpeg/cmyk-adobe-profile", _with_profile(adobe, profiles.cmyk_profile()), shown, profile=True)
    corpus.add("jpeg/cmyk-profile-of-many-chunks", _with_profile(adobe, profiles.cmyk_profile(13), 20000), shown, profile=True)
    ycck = np.dstack([255 - ycc(cmyk[:, :, :3]), cmyk[:, :, 3]])
    out = io.BytesIO()
    Image.fromarray(ycck, "CMYK").save(out, "JPEG", quality=QUALITY)
    file = bytearray(out.getvalue())
    file[file.index(b"Adobe") + 11] = 2  # the transform
    corpus.add("jpeg/ycck-adobe", bytes(file), shown)
    corpus.add("jpeg/ycck-adobe-profile", _with_profile(bytes(file), profiles.cmyk_profile()), shown, profile=True)


def _orientations(corpus):
    plain = jpeg_file(photo8())
    for orientation in range(1, 9):
        shown = upright(photo8(), orientation)
        corpus.add(f"jpeg/orientation-{orientation}", _with_exif(plain, exif(orientation)), shown)
        corpus.add(f"jpeg/orientation-{orientation}-420", _with_exif(jpeg_file(photo8(), subsampling=2), exif(orientation, order=">")), shown)
    turned = upright(photo8(), 6)
    for name, kind in (("byte", 1), ("long", 4), ("sbyte", 6), ("sshort", 8), ("slong", 9)):
        for order in "<>":
            end = "little" if order == "<" else "big"
            corpus.add(f"jpeg/orientation-as-{name}-{end}", _with_exif(plain, exif(6, order=order, kind=kind)), turned)
    for orientation in (0, 9):
        corpus.add(f"jpeg/orientation-{orientation}-means-none", _with_exif(plain, exif(orientation)), photo8())
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    corpus.add("jpeg/orientation-before-xmp", _with_exif(with_segment(plain, 0xE1, xmp), exif(6)), turned)
    corpus.add("jpeg/orientation-after-xmp", with_segment(_with_exif(plain, exif(6)), 0xE1, xmp), turned)
    corpus.add("jpeg/grey-orientation-8", _with_exif(jpeg_file(grey8()), exif(8)), upright(rgb8(grey8()), 8))


def _profiles(corpus):
    shown = photo8()
    rotated = jpeg_file(profiles.rotated(shown))

    def add(name, jpeg, profile, pixels=shown, **options):
        corpus.add(f"jpeg/profile-{name}", _with_profile(jpeg, profile, **options), pixels, profile=True)

    gamma, matrix = profiles.gamma_curve, profiles.matrix_profile
    add("srgb", jpeg_file(shown), matrix(profiles.SRGB_D50, profiles.srgb_curve(), version=4))
    add("rotated", rotated, matrix(profiles.ROTATED_D50, profiles.srgb_curve(), version=4))
    add("rotated-curve-table", rotated, matrix(profiles.ROTATED_D50, profiles.table_curve(profiles.to_linear)))
    for name, space, value in (("p3", profiles.P3_D50, 2.2), ("adobe", profiles.ADOBE_D50, 2.2), ("prophoto", profiles.PROPHOTO_D50, 1.8)):
        add(name, jpeg_file(to8(profiles.encoded(photo(), space, value), 1)), matrix(space, gamma(value)))
    add("table-perceptual-only", rotated, profiles.table_profile())
    add("table-relative-only", rotated, profiles.table_profile(tag=b"A2B1"))
    add("table-lut16", rotated, profiles.table_profile(form="lut16"))
    add("table-version-4", rotated, profiles.table_profile(form="a-to-b"))
    add("many-chunks", rotated, profiles.table_profile(filler=100_000), chunk=30_000)
    for value in (1.0, 1.8, 2.2):
        pixels = quantise(profiles.encoded_grey(grey8() / 255, value), 8)
        add(f"grey-gamma-{value}", jpeg_file(pixels), profiles.grey_profile(gamma(value)), rgb8(to8(profiles.decoded_grey(pixels / 255, value), 1)))
    # A profile of another kind of pixels, or none at all, is left aside.
    corpus.add("jpeg/profile-of-grey-on-rgb", _with_profile(jpeg_file(shown), profiles.grey_profile(gamma(1.0))), shown)
    corpus.add("jpeg/profile-of-rgb-on-grey", _with_profile(jpeg_file(grey8()), matrix(profiles.ROTATED_D50, gamma(1.0))), rgb8(grey8()))
    corpus.add("jpeg/profile-broken", _with_profile(jpeg_file(shown), b"not a profile" * 20), shown)


def add_to(corpus):
    _codings(corpus)
    _markers(corpus)
    _inks(corpus)
    _orientations(corpus)
    _profiles(corpus)
