"""PNG: every colour type and depth, interlaced or not, transparency, chunks that turn or colour the picture. Written here."""

import struct
import zlib

import numpy as np

import profiles
from make_jpeg import exif
from pictures import (alpha, bilevel, grey, grey8, indices, over_ground, palette, photo, photo8, quantise, rgb8, rgba8, to8, upright)

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))  # x, y, steps


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pack_rows(values, bits):
    """Height x width x bands whole numbers -> list of rows of bytes, most significant bit first."""
    height = values.shape[0]
    flat = values.reshape(height, -1)
    if bits == 8:
        return [row.tobytes() for row in flat.astype(np.uint8)]
    if bits in (16, 32):
        return [row.tobytes() for row in flat.astype(f">u{bits // 8}")]
    each = ((flat[:, :, None] >> np.arange(bits - 1, -1, -1, dtype=flat.dtype)) & 1).astype(np.uint8)
    return [np.packbits(row.ravel()).tobytes() for row in each]


def _filtered(rows, pixel_bytes):
    """Rows with all five filters in turn."""
    out, before = [], None
    for number, row in enumerate(rows):
        kind = number % 5
        now = np.frombuffer(row, np.uint8).astype(int)
        above = np.zeros_like(now) if before is None else before
        left = np.concatenate([np.zeros(pixel_bytes, int), now])[:len(now)]
        corner = np.concatenate([np.zeros(pixel_bytes, int), above])[:len(now)]
        guess = left + above - corner
        to_left, to_above, to_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
        paeth = np.where((to_left <= to_above) & (to_left <= to_corner), left, np.where(to_above <= to_corner, above, corner))
        predicted = (np.zeros_like(now), left, above, (left + above) // 2, paeth)[kind]
        out.append(bytes([kind]) + ((now - predicted) % 256).astype(np.uint8).tobytes())
        before = now
    return b"".join(out)


def png(values, kind, bits, *, interlaced=False, before=b"", after=b"", split=None):
    """`values`: height x width (x bands). `before`, `after`: chunks around the pixels. `split`: bytes of one IDAT."""
    values = values[:, :, None] if values.ndim == 2 else values
    height, width, bands = values.shape
    pixel_bytes = max(1, bands * bits // 8)
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    parts = (values[y::down, x::across] for x, y, across, down in passes)
    data = zlib.compress(b"".join(_filtered(pack_rows(part, bits), pixel_bytes) for part in parts if part.size))
    split = split or len(data)
    pixels = b"".join(chunk(b"IDAT", data[at:at + split]) for at in range(0, len(data), split))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced)))
    return b"\x89PNG\r\n\x1a\n" + head + before + pixels + after + chunk(b"IEND", b"")


def _types(corpus):
    for interlaced in (False, True):
        end = "-interlaced" if interlaced else ""
        for bits in (1, 2, 4, 8, 16):
            values = bilevel() if bits == 1 else quantise(grey(), bits)
            shown = rgb8(to8(values, 2**bits - 1))
            corpus.add(f"png/grey{bits}{end}", png(values, GREY, bits, interlaced=interlaced), shown)
            if bits <= 8:
                colours = min(2**bits, 200)
                table, index = palette(colours), indices(colours)
                plte = chunk(b"PLTE", table.tobytes())
                corpus.add(f"png/palette{bits}{end}", png(index, PALETTE, bits, interlaced=interlaced, before=plte), table[index])
                opacity = np.linspace(0, 255, colours).astype(np.uint8)[:max(1, colours - 1)]
                shown = over_ground(np.dstack([table[index], np.append(opacity, 255)[index]]))
                corpus.add(f"png/palette{bits}-transparent{end}", png(index, PALETTE, bits, interlaced=interlaced,
                                                                     before=plte + chunk(b"tRNS", opacity.tobytes())), shown)
        for bits in (8, 16):
            corpus.add(f"png/rgb{bits}{end}", png(quantise(photo(), bits), RGB, bits, interlaced=interlaced), photo8())
            both = np.dstack([quantise(photo(), bits), quantise(alpha(), bits)])
            corpus.add(f"png/rgba{bits}{end}", png(both, RGBA, bits, interlaced=interlaced), over_ground(rgba8()))
            both = np.dstack([quantise(grey(), bits), quantise(alpha(), bits)])
            corpus.add(f"png/grey-alpha{bits}{end}", png(both, GREY_ALPHA, bits, interlaced=interlaced),
                       over_ground(np.dstack([rgb8(grey8()), to8(alpha(), 1)])))


def _transparent_colours(corpus):
    """tRNS without a palette: one value is transparent."""
    for bits in (1, 2, 4, 8, 16):
        values = bilevel() if bits == 1 else quantise(grey(), bits)
        key = int(values[20, 30])
        opacity = np.where(values == key, 0, 255).astype(np.uint8)
        corpus.add(f"png/grey{bits}-key", png(values, GREY, bits, before=chunk(b"tRNS", struct.pack(">H", key))),
                   over_ground(np.dstack([rgb8(to8(values, 2**bits - 1)), opacity])))
    for bits in (8, 16):
        values = quantise(photo(), bits)
        values[10:30, 8:40] = values[20, 30]
        key = [int(v) for v in values[20, 30]]
        opacity = np.where((values == key).all(axis=2), 0, 255).astype(np.uint8)
        corpus.add(f"png/rgb{bits}-key", png(values, RGB, bits, before=chunk(b"tRNS", struct.pack(">3H", *key))),
                   over_ground(np.dstack([to8(values, 2**bits - 1), opacity])))
    logo = np.dstack([np.full((40, 48, 3), 250, np.uint8), bilevel() * np.uint8(255)])
    corpus.add("png/white-logo", png(logo, RGBA, 8), over_ground(logo))


def _orientations(corpus):
    for orientation in range(1, 9):
        block, shown = chunk(b"eXIf", exif(orientation)), upright(photo8(), orientation)
        corpus.add(f"png/exif-{orientation}", png(photo8(), RGB, 8, before=block), shown)
        corpus.add(f"png/exif-after-{orientation}", png(photo8(), RGB, 8, after=block), shown)
    block = b"Exif\0\0" + exif(6)
    raw = b"\nexif\n%8d\n" % len(block) + b"\n".join(block.hex().encode()[at:at + 72] for at in range(0, 2 * len(block), 72)) + b"\n"
    turned = upright(photo8(), 6)
    for name in (b"exif", b"APP1"):
        what = name.decode().lower()
        text = name + b"\0\0" + zlib.compress(raw.replace(b"exif", name, 1))
        corpus.add(f"png/raw-profile-{what}", png(photo8(), RGB, 8, before=chunk(b"zTXt", b"Raw profile type " + text)), turned)
    corpus.add("png/raw-profile-uncompressed", png(photo8(), RGB, 8, before=chunk(b"tEXt", b"Raw profile type exif\0" + raw)), turned)
    corpus.add("png/exif-interlaced-rgba16", png(np.dstack([quantise(photo(), 16), quantise(alpha(), 16)]), RGBA, 16, interlaced=True,
                                                before=chunk(b"eXIf", exif(5, order=">"))), upright(over_ground(rgba8()), 5))


def _iccp(profile):
    return chunk(b"iCCP", b"test\0\0" + zlib.compress(profile))


def _colours(corpus):
    shown, curve = photo8(), profiles.srgb_curve()
    rotated = _iccp(profiles.matrix_profile(profiles.ROTATED_D50, curve, version=4))

    def add(name, values, kind, bits, before, pixels=shown, **options):
        corpus.add(f"png/{name}", png(values, kind, bits, before=before, **options), pixels, profile=True)

    for bits in (8, 16):
        values = quantise(profiles.rotated(photo()), bits)
        add(f"profile-rgb{bits}", values, RGB, bits, rotated)
        add(f"profile-rgba{bits}", np.dstack([values, quantise(alpha(), bits)]), RGBA, bits, rotated, over_ground(rgba8()))
    add("profile-table-version-4-16", quantise(profiles.rotated(photo()), 16), RGB, 16, _iccp(profiles.table_profile(form="a-to-b")))
    add("profile-table-16", quantise(profiles.rotated(photo()), 16), RGB, 16, _iccp(profiles.table_profile()))
    linear = _iccp(profiles.matrix_profile(profiles.SRGB_D50, profiles.gamma_curve(1.0)))
    add("profile-linear-16", quantise(profiles.encoded(photo(), profiles.SRGB_D50, 1.0), 16), RGB, 16, linear)
    table, index = palette(16), indices(16)
    add("profile-palette", index, PALETTE, 4, rotated + chunk(b"PLTE", profiles.rotated(table).tobytes()), table[index])
    for bits in (8, 16):
        values = quantise(profiles.encoded_grey(grey(), 1.8), bits)
        add(f"profile-grey{bits}", values, GREY, bits, _iccp(profiles.grey_profile(profiles.gamma_curve(1.8))), rgb8(grey8()))
    corpus.add("png/srgb-chunk", png(shown, RGB, 8, before=chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 45455))), shown)
    light = quantise(profiles.encoded(photo(), profiles.SRGB_D50, 1.0), 16)
    corpus.add("png/gama-linear", png(light, RGB, 16, before=chunk(b"gAMA", struct.pack(">I", 100000))), shown)
    values = quantise(profiles.encoded(photo(), profiles.P3_D50, "srgb"), 16)
    corpus.add("png/cicp-p3", png(values, RGB, 16, before=chunk(b"cICP", b"\x0c\x0d\0\1")), shown)
    corpus.add("png/sbit", png(shown & 0xF8, RGB, 8, before=chunk(b"sBIT", b"\5\5\5")), shown & 0xF8)
    corpus.add("png/background-chunk", png(rgba8(), RGBA, 8, before=chunk(b"bKGD", struct.pack(">3H", 255, 0, 0))), over_ground(rgba8()))


def _layouts(corpus):
    shown = photo8()
    corpus.add("png/idat-split", png(shown, RGB, 8, split=7), shown)
    corpus.add("png/idat-empty-between", png(shown, RGB, 8, before=chunk(b"IDAT", b"")), shown)
    corpus.add("png/bytes-after-the-end", png(shown, RGB, 8) + b"more", shown)
    corpus.add("png/suggested-palette", png(shown, RGB, 8, before=chunk(b"PLTE", palette(16).tobytes())), shown)
    for width, height in ((1, 1), (3, 5), (1, 9), (9, 1)):
        small = photo8(width, height)
        corpus.add(f"png/size-{width}x{height}", png(small, RGB, 8), small)
        corpus.add(f"png/size-{width}x{height}-interlaced", png(small, RGB, 8, interlaced=True), small)
    control = struct.pack(">IIIIIHHBB", 0, 48, 40, 0, 0, 1, 10, 0, 0)
    animation = chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", control)
    second = zlib.compress(b"".join(b"\0" + row.tobytes() for row in shown[10:20, 5:15]))
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 1, 10, 10, 5, 10, 1, 10, 0, 0)) + chunk(b"fdAT", struct.pack(">I", 2) + second)
    corpus.add("png/animation", png(shown, RGB, 8, before=animation, after=frame), shown)


def add_to(corpus):
    _types(corpus)
    _transparent_colours(corpus)
    _orientations(corpus)
    _colours(corpus)
    _layouts(corpus)
