"""JPEG 2000: codestreams by opj_compress, boxes written here."""

import struct

import numpy as np

import profiles
from pictures import (alpha, bilevel, grey, grey8, halve, indices, lab, over_ground, palette, photo, photo8, quantise, rgb8, rgba8, to8, ycc)

SRGB, GREY, SYCC, CMYK, CIELAB = 16, 17, 18, 12, 14


def codestream(corpus, planes, bits, options=(), *, signed=False, sampling=(), size=None):
    """A J2K file of planes (height x width each), lossless unless the options say otherwise."""
    kind = np.dtype("u1" if bits <= 8 else ">u2") if not signed else np.dtype("i1" if bits <= 8 else ">i2")
    raw = b"".join(plane.astype(kind).tobytes() for plane in planes)
    width, height = size or planes[0].shape[::-1]
    steps = ":".join(f"{across}x{down}" for across, down in (sampling or [(1, 1)] * len(planes)))
    form = f"{width},{height},{len(planes)},{bits},{'s' if signed else 'u'}@{steps}"
    return corpus.through("opj_compress", ["-i", "{in}", "-o", "{out}", "-F", form, *options], source=raw, source_ending="raw", ending="j2k")


def bands(values):
    return [values[:, :, band] for band in range(values.shape[2])]


def box(name, data):
    return struct.pack(">I", len(data) + 8) + name + data


def colour(number):
    return box(b"colr", struct.pack(">BBBI", 1, 0, 0, number))


def channels(*definitions):
    """Channel, what it is (0 colour, 1 alpha, 2 premultiplied alpha), which colour (0: all)."""
    return box(b"cdef", struct.pack(">H", len(definitions)) + b"".join(struct.pack(">HHH", *definition) for definition in definitions))


def jp2(stream, count, bits, described, *, size=(48, 40), brand=b"jp2 "):
    """A JP2 file around a codestream; `described`: the boxes after the image header."""
    head = box(b"ihdr", struct.pack(">IIHBBBB", size[1], size[0], count, bits - 1, 7, 0, 0))
    return (box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", brand + b"\0\0\0\0" + brand) + box(b"jp2h", head + described) + box(b"jp2c", stream))


def _codestreams(corpus):
    def add(name, pixels, planes, bits, *options, **more):
        corpus.add(f"jpeg2000/{name}", lambda: codestream(corpus, planes, bits, options, **more), pixels, ending="j2k")

    for bits in (1, 2, 4, 8, 10, 12, 16):
        values = bilevel() if bits == 1 else quantise(grey(), bits)
        add(f"grey{bits}", rgb8(to8(values, 2**bits - 1)), [values], bits)
    for bits in (4, 8, 12, 16):
        values = quantise(photo(), bits)
        add(f"rgb{bits}", to8(values, 2**bits - 1), bands(values), bits)
    for bits in (8, 16):
        values = quantise(photo(), bits).astype(int) - 2 ** (bits - 1)
        add(f"rgb-signed{bits}", photo8(), bands(values), bits, signed=True)
    rgb = bands(photo8())
    for number in (1, 2, 3, 6):
        add(f"resolutions-{number}", photo8(), rgb, 8, "-n", number)
    for order in ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL"):
        add(f"progression-{order.lower()}", photo8(), rgb, 8, "-p", order, "-n", 3)
    add("irreversible", photo8(), rgb, 8, "-I", "-r", 4)
    add("layers", photo8(), rgb, 8, "-r", "20,8,1")
    add("without-transform", photo8(), rgb, 8, "-mct", 0)
    add("tiles", photo8(), rgb, 8, "-t", "16,16", "-n", 3)
    add("markers", photo8(), rgb, 8, "-SOP", "-EPH", "-PLT")
    add("offset", photo8(), rgb, 8, "-d", "10,6")
    add("offset-tiles", photo8(), rgb, 8, "-d", "10,6", "-t", "32,32", "-T", "5,3", "-n", 3)
    add("grey-offset", rgb8(grey8()), [grey8()], 8, "-d", "7,9")
    add("subsampled-all", photo8(), rgb, 8, "-mct", 0, sampling=[(2, 2)] * 3, size=(96, 80))


def _spaces(corpus):
    def add(name, pixels, planes, bits, described, *options, profile=False, count=None, **more):
        corpus.add(f"jpeg2000/{name}", lambda: jp2(codestream(corpus, planes, bits, options, **more), count or len(planes), bits, described),
                   pixels, ending="jp2", profile=profile)

    for bits in (8, 16):
        shown = photo8()
        colours, opacity = quantise(photo(), bits), quantise(alpha(), bits)
        add(f"jp2-rgb{bits}", shown, bands(colours), bits, colour(SRGB))
        add(f"jp2-grey{bits}", rgb8(grey8()), [quantise(grey(), bits)], bits, colour(GREY))
        alone = channels((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 1, 0))
        add(f"jp2-rgba{bits}", over_ground(rgba8()), [*bands(colours), opacity], bits, colour(SRGB) + alone, "-mct", 0)
        multiplied = channels((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 2, 0))
        add(f"jp2-rgba{bits}-premultiplied", over_ground(rgba8()), [*bands(quantise(photo() * alpha()[:, :, None], bits)), opacity], bits,
            colour(SRGB) + multiplied, "-mct", 0)
        add(f"jp2-grey-alpha{bits}", over_ground(np.dstack([rgb8(grey8()), to8(alpha(), 1)])), [quantise(grey(), bits), opacity], bits,
            colour(GREY) + channels((0, 0, 1), (1, 1, 0)))
    backwards = channels((0, 0, 3), (1, 0, 2), (2, 0, 1))
    add("jp2-bgr", photo8(), bands(photo8()[:, :, ::-1]), 8, colour(SRGB) + backwards, "-mct", 0)
    first = channels((0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3))
    add("jp2-alpha-first", over_ground(rgba8()), bands(rgba8()[:, :, [3, 0, 1, 2]]), 8, colour(SRGB) + first, "-mct", 0)
    spot = channels((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 65535, 65535))
    add("jp2-rgb-spot", photo8(), bands(rgba8()), 8, colour(SRGB) + spot, "-mct", 0)
    values = bands(ycc(photo8()))
    for name, across, down in (("444", 1, 1), ("422", 2, 1), ("420", 2, 2)):
        planes = [values[0], *(halve(plane, across, down) for plane in values[1:])]
        add(f"jp2-sycc-{name}", photo8(), planes, 8, colour(SYCC), "-mct", 0, sampling=[(1, 1), (across, down), (across, down)])
    add("jp2-cmyk", photo8(), bands(to8(profiles.inks(photo()), 1)), 8, colour(CMYK), "-mct", 0)
    values = lab(photo8())
    coded = np.rint(np.dstack([values[:, :, 0] * 2.55, values[:, :, 1] * 255 / 170 + 128, values[:, :, 2] * 255 / 200 + 96]))
    add("jp2-cielab", photo8(), bands(np.clip(coded, 0, 255)), 8, colour(CIELAB), "-mct", 0)
    rotated = box(b"colr", b"\2\0\0" + profiles.matrix_profile(profiles.ROTATED_D50, profiles.srgb_curve()))
    add("jp2-profile", photo8(), bands(profiles.rotated(photo8())), 8, rotated, profile=True)
    table, index = palette(16), indices(16)
    entries = struct.pack(">HB", 16, 3) + b"\7\7\7" + table.tobytes()
    mapping = box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3)))
    add("jp2-palette", table[index], [index], 8, colour(SRGB) + box(b"pclr", entries) + mapping)
    opacity = np.arange(16, dtype=np.uint8) * 17
    entries = struct.pack(">HB", 16, 4) + b"\7\7\7\7" + np.hstack([table, opacity[:, None]]).tobytes()
    mapping = box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(4)))
    add("jp2-palette-alpha", over_ground(np.dstack([table[index], opacity[index]])), [index], 8, colour(SRGB) + box(b"pclr", entries) + mapping +
        channels((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 1, 0)))


def add_to(corpus):
    _codestreams(corpus)
    _spaces(corpus)
