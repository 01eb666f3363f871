"""JPEG XL by cjxl, from PNG, PFM and JPEG."""

import zlib

import numpy as np

import make_png
import profiles
from make_gif import frame, gif
from make_jpeg import exif, jpeg_file, with_segment
from make_png import chunk, png
from pictures import (alpha, grey, grey8, indices, over_ground, palette, photo, photo8, quantise, rgb8, rgba8, to8, to_linear,
                      upright)

LOSSLESS, LOSSY = ("-d", "0"), ("-d", "0.5")


def _add(corpus, name, source, pixels, *options, ending="png", profile=False):
    corpus.add(f"jxl/{name}", lambda: corpus.through("cjxl", ["{in}", "{out}", "--num_threads=0", "-e", "3", *options], source=source,
               source_ending=ending, ending="jxl"), pixels, profile=profile)


def _depths(corpus):
    for end, how in (("lossless", LOSSLESS), ("lossy", LOSSY)):
        for bits in (8, 16):
            colours, greys, opacity = quantise(photo(), bits), quantise(grey(), bits), quantise(alpha(), bits)
            _add(corpus, f"rgb{bits}-{end}", png(colours, make_png.RGB, bits), photo8(), *how)
            _add(corpus, f"grey{bits}-{end}", png(greys, make_png.GREY, bits), rgb8(grey8()), *how)
            _add(corpus, f"rgba{bits}-{end}", png(np.dstack([colours, opacity]), make_png.RGBA, bits), over_ground(rgba8()), *how,
                 "--keep_invisible=1")
            _add(corpus, f"grey-alpha{bits}-{end}", png(np.dstack([greys, opacity]), make_png.GREY_ALPHA, bits),
                 over_ground(np.dstack([rgb8(grey8()), to8(alpha(), 1)])), *how, "--keep_invisible=1")
    _add(corpus, "rgb8-lossless-vardct-off", png(photo8(), make_png.RGB, 8), photo8(), "-d", "0.3", "-m", "1")
    _add(corpus, "rgb8-progressive", png(photo8(), make_png.RGB, 8), photo8(), *LOSSY, "-p")
    _add(corpus, "rgb8-container", png(photo8(), make_png.RGB, 8), photo8(), *LOSSLESS, "--container=1")
    _add(corpus, "rgba8-premultiplied", png(rgba8(), make_png.RGBA, 8), over_ground(rgba8()), *LOSSLESS, "--premultiply=1")


def _float(corpus):
    """Floating point by way of PFM, whose values are what the hint says: sRGB or light."""
    for name, kind, values in (("grey", b"Pf", grey()), ("rgb", b"PF", photo())):
        space = "Gra_D65_Rel_" if name == "grey" else "RGB_D65_SRG_Rel_"
        for curve, stored in (("SRG", values), ("Lin", to_linear(values))):
            source = kind + b"\n48 40\n-1.0\n" + stored[::-1].astype("<f4").tobytes()
            for end, how in (("lossless", LOSSLESS), ("lossy", LOSSY)):
                _add(corpus, f"{name}-float-{'linear-' if curve == 'Lin' else ''}{end}", source, rgb8(to8(values, 1)), *how, "-x",
                     f"color_space={space}{curve}", ending="pfm")


def _described(corpus):
    for orientation in range(1, 9):
        block, shown = chunk(b"eXIf", exif(orientation)), upright(photo8(), orientation)
        _add(corpus, f"orientation-{orientation}", png(photo8(), make_png.RGB, 8, before=block), shown, *LOSSLESS)
    turned = with_segment(jpeg_file(photo8(), subsampling=2), 0xE1, b"Exif\0\0" + exif(6))
    _add(corpus, "from-jpeg-orientation", turned, upright(photo8(), 6), "-j", "1", ending="jpg")
    _add(corpus, "from-jpeg", jpeg_file(photo8()), photo8(), "-j", "1", ending="jpg")
    _add(corpus, "from-jpeg-grey", jpeg_file(grey8()), rgb8(grey8()), "-j", "1", ending="jpg")
    rotated = chunk(b"iCCP", b"test\0\0" + zlib.compress(profiles.matrix_profile(profiles.ROTATED_D50, profiles.srgb_curve(), version=4)))
    for end, how in (("lossless", LOSSLESS), ("lossy", LOSSY)):
        _add(corpus, f"profile-{end}", png(profiles.rotated(photo8()), make_png.RGB, 8, before=rotated), photo8(), *how, profile=True)
    wide = chunk(b"iCCP", b"test\0\0" + zlib.compress(profiles.matrix_profile(profiles.P3_D50, profiles.gamma_curve(2.2))))
    for end, how in (("lossless", LOSSLESS), ("lossy", LOSSY)):
        values = quantise(profiles.encoded(photo(), profiles.P3_D50, 2.2), 16)
        _add(corpus, f"profile-p3-16-{end}", png(values, make_png.RGB, 16, before=wide), photo8(), *how, profile=True)
    linear = quantise(profiles.encoded_grey(grey(), 1.8), 16)
    grey_profile = chunk(b"iCCP", b"test\0\0" + zlib.compress(profiles.grey_profile(profiles.gamma_curve(1.8))))
    _add(corpus, "profile-grey16", png(linear, make_png.GREY, 16, before=grey_profile), rgb8(grey8()), *LOSSLESS, profile=True)


def _animation(corpus):
    second = frame(indices(16)[::-1], bits=4)
    _add(corpus, "animation", gif([frame(indices(16), bits=4, disposal=1), second], palette(16)), palette(16)[indices(16)], *LOSSLESS, ending="gif")


def add_to(corpus):
    _animation(corpus)
    _depths(corpus)
    _float(corpus)
    _described(corpus)
