"""AVIF by avifenc and HEIC by heif-enc, from PNG."""

import struct
import zlib

import numpy as np

import make_png
import profiles
from corpus import run_tool
from make_png import chunk, png
from pictures import alpha, grey, grey8, over_ground, photo, photo8, quantise, rgb8, rgba8, to8

GOOD = ("--min", "0", "--max", "4", "--minalpha", "0", "--maxalpha", "0", "-s", "10", "-j", "1")


def _rgb(width=48, height=40):
    return png(photo8(width, height), make_png.RGB, 8)


def _avif(corpus, name, source, pixels, *options, ending="png", **more):
    how = options if "-l" in options else (*GOOD, *options)
    corpus.add(f"avif/{name}", lambda: corpus.through("avifenc", [*how, "{in}", "{out}"], source=source, source_ending=ending, ending="avif"),
               pixels, **more)


def _avif_codings(corpus):
    for sampling in ("444", "422", "420", "400"):
        for level in ("full", "limited"):
            for bits in (8, 10, 12):
                source, shown = _rgb(), photo8()
                if sampling == "400":
                    source, shown = png(grey8(), make_png.GREY, 8), rgb8(grey8())
                _avif(corpus, f"rgb-{sampling}-{level}-{bits}", source, shown, "-y", sampling, "-r", level, "-d", bits)
    wide = png(quantise(photo(), 16), make_png.RGB, 16)
    for bits in (10, 12):
        _avif(corpus, f"from-16-bit-{bits}", wide, photo8(), "-d", bits)
    _avif(corpus, "lossless", _rgb(), photo8(), "-l", "-s", "10")
    for name, cicp in (("bt709", "1/13/1"), ("bt601", "1/13/6"), ("ycgco", "1/13/8"), ("identity", "1/13/0")):
        _avif(corpus, f"matrix-{name}", _rgb(), photo8(), "--cicp", cicp)
    for width, height in ((47, 39), (1, 1), (33, 64)):
        _avif(corpus, f"size-{width}x{height}", _rgb(width, height), photo8(width, height), "-y", "420")
    _avif(corpus, "grid", _rgb(128, 128), photo8(128, 128), "-g", "2x2")


def _avif_alpha(corpus):
    source = png(rgba8(), make_png.RGBA, 8)
    for name, options in (("444", ()), ("420", ("-y", "420")), ("10", ("-d", "10")), ("premultiplied", ("-p",)), ("limited", ("-r", "limited"))):
        _avif(corpus, f"rgba-{name}", source, over_ground(rgba8()), *options)
    clear = png(np.dstack([grey8(), to8(alpha(), 1)]), make_png.GREY_ALPHA, 8)
    _avif(corpus, "grey-alpha", clear, over_ground(np.dstack([rgb8(grey8()), to8(alpha(), 1)])), "-y", "400")


def _avif_properties(corpus):
    """irot turns against the clock, then imir mirrors; avifdec and Exif are of no matter."""
    seen = ("Pillow", "heif-convert")
    for turns in range(4):
        for mirror, name in ((None, ""), (0, "-top-to-bottom"), (1, "-left-to-right")):
            options = (["--irot", turns] if turns else []) + ([] if mirror is None else ["--imir", mirror])
            shown = np.rot90(photo8(), turns)
            shown = shown if mirror is None else np.flip(shown, mirror)
            if options:
                _avif(corpus, f"irot-{turns}{name}", _rgb(), shown, *options, decoders=seen)
    exif_block = chunk(b"eXIf", make_png.exif(6))
    _avif(corpus, "exif-orientation", png(photo8(), make_png.RGB, 8, before=exif_block), None, decoders=("heif-convert",))
    _avif(corpus, "crop", _rgb(), photo8()[2:38, 4:44], "--crop", "4,2,40,36", decoders=("heif-convert",))
    rotated = chunk(b"iCCP", b"test\0\0" + zlib.compress(profiles.matrix_profile(profiles.ROTATED_D50, profiles.srgb_curve(), version=4)))
    for bits in (8, 10):
        _avif(corpus, f"profile-{bits}", png(profiles.rotated(photo8()), make_png.RGB, 8, before=rotated), photo8(), "-d", bits, profile=True)
    values = quantise(profiles.rotated(np.dstack([photo()])), 8)
    both = np.dstack([values, to8(alpha(), 1)])
    _avif(corpus, "profile-alpha", png(both, make_png.RGBA, 8, before=rotated), over_ground(rgba8()), profile=True)


def _avif_sequence(corpus):
    def make():
        frames = []
        for number, pixels in enumerate((photo8(), photo8()[::-1].copy())):
            frames.append(corpus.scratch / f"frame{number}.png")
            frames[-1].write_bytes(png(pixels, make_png.RGB, 8))
        out = corpus.scratch / "out.avifs"
        run_tool("avifenc", *GOOD, *frames, out)
        return out.read_bytes()

    corpus.add("avif/sequence", make, photo8())


def _heic(corpus, name, source, pixels, *options, **more):
    corpus.add(f"heif/{name}", lambda: corpus.through("heif-enc", [*options, "-o", "{out}", "{in}"], source=source, source_ending="png",
               ending="heic"), pixels, **more)


def _box(content, name):
    """(start, end) of the first box of that name within `content`, its header included."""
    at = content.index(name) - 4
    return at, at + struct.unpack(">I", content[at:at + 4])[0]


def with_property(heic, prop):
    """The file with one more property, which is essential, of its first item. `heic` is as heif-enc writes it."""
    data = bytearray(heic)
    first, end = _box(data, b"ipco")
    count, at = 0, first + 8
    while at < end:
        at += struct.unpack(">I", data[at:at + 4])[0]
        count += 1
    data[end:end] = prop
    associations = _box(data, b"ipma")[0] + 8 + 4 + 4 + 2  # after the number of entries and the first item
    data[associations] += 1
    data.insert(associations + 1 + data[associations] - 1, 0x80 | (count + 1))
    for name, more in ((b"meta", len(prop) + 1), (b"iprp", len(prop) + 1), (b"ipco", len(prop)), (b"ipma", 1)):
        start = data.index(name) - 4
        data[start:start + 4] = struct.pack(">I", struct.unpack(">I", data[start:start + 4])[0] + more)
    return bytes(data)


def _moved(heic, before):
    """The file with the places of its items as far back as mdat is behind where it was `before`."""
    data = bytearray(heic)
    start, end = _box(data, b"iloc")
    shift = data.index(b"mdat") - before
    for at in range(start + 12, end - 3):
        if struct.unpack(">I", data[at:at + 4])[0] == before + 4:
            data[at:at + 4] = struct.pack(">I", before + 4 + shift)
    return bytes(data)


def _turned(corpus):
    wide, high = 128, 64  # smaller pictures are made a part of a larger one, which is another item
    shown = photo8(wide, high)

    def make(*properties):
        heic = corpus.through("heif-enc", ["-q", "95", "-o", "{out}", "{in}"], source=_rgb(wide, high), source_ending="png", ending="heic")
        before = heic.index(b"mdat")
        for prop in properties:
            heic = with_property(heic, prop)
        return _moved(heic, before)

    def irot(turns):
        return b"\0\0\0\x09irot" + bytes([turns])

    def imir(axis):
        return b"\0\0\0\x09imir" + bytes([axis])

    for turns in (1, 2, 3):
        corpus.add(f"heif/irot-{turns}", lambda turns=turns: make(irot(turns)), np.rot90(shown, turns), ending="heic")
    for axis in (0, 1):
        corpus.add(f"heif/imir-{axis}", lambda axis=axis: make(imir(axis)), np.flip(shown, axis), ending="heic")
    corpus.add("heif/irot-1-imir-1", lambda: make(irot(1), imir(1)), np.flip(np.rot90(shown), 1), ending="heic")


def _heif(corpus):
    for sampling in ("420", "422", "444"):
        _heic(corpus, f"rgb-{sampling}", _rgb(), photo8(), "-q", "95", "-p", f"chroma={sampling}")
    _heic(corpus, "lossless", _rgb(), photo8(), "-L", "-p", "chroma=444", "--matrix_coefficients=0")
    _heic(corpus, "limited", _rgb(), photo8(), "-q", "95", "--full_range_flag=0")
    _heic(corpus, "bt709", _rgb(), photo8(), "-q", "95", "--matrix_coefficients=1")
    wide = png(quantise(photo(), 16), make_png.RGB, 16)
    for bits in (10, 12):
        _heic(corpus, f"rgb-{bits}", wide, photo8(), "-q", "95", "-b", bits)
    _heic(corpus, "grey", png(grey8(), make_png.GREY, 8), rgb8(grey8()), "-q", "95")
    _heic(corpus, "grey-10", png(quantise(grey(), 16), make_png.GREY, 16), rgb8(grey8()), "-q", "95", "-b", "10")
    _heic(corpus, "rgba", png(rgba8(), make_png.RGBA, 8), over_ground(rgba8()), "-q", "95")
    deep = png(np.dstack([quantise(photo(), 16), quantise(alpha(), 16)]), make_png.RGBA, 16)
    _heic(corpus, "rgba-10", deep, over_ground(rgba8()), "-q", "95", "-b", "10")
    _heic(corpus, "thumbnail", _rgb(), photo8(), "-q", "95", "-t", "16")
    rotated = chunk(b"iCCP", b"test\0\0" + zlib.compress(profiles.matrix_profile(profiles.ROTATED_D50, profiles.srgb_curve(), version=4)))
    _heic(corpus, "profile", png(profiles.rotated(photo8()), make_png.RGB, 8, before=rotated), photo8(), "-q", "95", profile=True)
    for width, height in ((47, 39), (63, 33)):
        _heic(corpus, f"size-{width}x{height}", _rgb(width, height), photo8(width, height), "-q", "95")


def add_to(corpus):
    _avif_codings(corpus)
    _avif_alpha(corpus)
    _avif_properties(corpus)
    _avif_sequence(corpus)
    _heif(corpus)
    _turned(corpus)
