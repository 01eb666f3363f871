"""BMP: every header, depth and compression that decoders meet. Written here."""

import struct

import numpy as np

import profiles
from make_jpeg import jpeg_file
from make_png import RGB, pack_rows, png
from pictures import alpha8, bilevel, indices, over_ground, palette, photo, photo8, quantise, rgba8, to8

CORE, INFO, V2, V3, OS2, V4, V5 = 12, 40, 52, 56, 64, 108, 124
NAMES = {CORE: "core", INFO: "info", V2: "v2", V3: "v3", OS2: "os2", V4: "v4", V5: "v5"}
BI_RGB, BI_RLE8, BI_RLE4, BI_BITFIELDS, BI_JPEG, BI_PNG, BI_ALPHABITFIELDS = range(7)
SRGB, EMBEDDED = 0x73524742, 0x4D424544


def bmp(header, bits, data, *, size=(48, 40), compression=BI_RGB, masks=(), table=b"", colours=0, down=False, gap=b"", profile=b""):
    """`data`: rows as they are stored. `masks`: red, green, blue and perhaps alpha."""
    width, height = size
    if header == CORE:
        head = struct.pack("<IHHHH", CORE, width, height, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", header, width, -height if down else height, 1, bits, compression, len(data), 2835, 2835, colours, 0)
        known = struct.pack("<4I", *masks, *(0,) * (4 - len(masks)))
        if header in (V2, V3):
            head += known[:header - INFO]
        elif header == OS2:
            head += b"\0" * 24
        elif header >= V4:
            head += known + struct.pack("<I", EMBEDDED if profile else SRGB) + b"\0" * 48
        if header == V5:
            at = V5 + len(table) + len(gap) + len(data)
            head += struct.pack("<IIII", 4, at if profile else 0, len(profile), 0)
        if header == INFO and compression in (BI_BITFIELDS, BI_ALPHABITFIELDS):
            head += struct.pack(f"<{len(masks)}I", *masks)
    before = head + table + gap
    total = 14 + len(before) + len(data) + len(profile)
    return b"BM" + struct.pack("<IHHI", total, 0, 0, 14 + len(before)) + before + data + profile


def _rows(values, bits, *, down=False):
    """Each row padded to four bytes, the lowest first unless `down`."""
    rows = pack_rows(values, bits) if bits <= 8 else [row.tobytes() for row in values]
    return b"".join(row + b"\0" * (-len(row) % 4) for row in (rows if down else rows[::-1]))


def _table(colours, header):
    pad = b"" if header == CORE else b"\0"
    return b"".join(bytes(colour[::-1]) + pad for colour in colours)


def _packed(values, masks):
    """Whole numbers per band, already of their masks' widths -> one number a pixel."""
    out = np.zeros(values.shape[:2], np.uint32)
    for band, mask in enumerate(masks):
        out |= values[:, :, band].astype(np.uint32) << ((mask & -mask).bit_length() - 1)
    return out


def _palettes(corpus):
    for header in NAMES:
        for bits in (1, 4, 8):
            colours = 2**bits
            table, index = palette(colours), bilevel() if bits == 1 else indices(colours)
            corpus.add(f"bmp/{NAMES[header]}-palette{bits}", bmp(header, bits, _rows(index, bits), table=_table(table, header)), table[index])
    table, index = palette(5), indices(5)
    for bits in (4, 8):
        corpus.add(f"bmp/info-palette{bits}-five-colours", bmp(INFO, bits, _rows(index, bits), table=_table(table, INFO), colours=5), table[index])
        corpus.add(f"bmp/info-palette{bits}-down", bmp(INFO, bits, _rows(index, bits, down=True), table=_table(table, INFO), colours=5, down=True),
                   table[index])
    odd = index[:, :45]
    corpus.add("bmp/info-palette4-odd-width", bmp(INFO, 4, _rows(odd, 4), size=(45, 40), table=_table(table, INFO), colours=5), table[odd])
    corpus.add("bmp/info-palette8-gap", bmp(INFO, 8, _rows(index, 8), table=_table(table, INFO), colours=5, gap=b"\x55" * 37), table[index])
    two = palette(4)
    corpus.add("bmp/info-palette2", bmp(INFO, 2, _rows(indices(4), 2), table=_table(two, INFO)), two[indices(4)])


def _true_colour(corpus):
    shown = photo8()
    five = quantise(photo(), 5)
    x1r5g5b5 = _packed(five, (0x7C00, 0x3E0, 0x1F)).astype("<u2")
    for header in NAMES:
        corpus.add(f"bmp/{NAMES[header]}-24", bmp(header, 24, _rows(shown[:, :, ::-1], 24)), shown)
        if header in (CORE, OS2):
            continue
        for down in (False, True):
            end = "-down" if down else ""
            corpus.add(f"bmp/{NAMES[header]}-16{end}", bmp(header, 16, _rows(x1r5g5b5, 16, down=down), down=down), to8(five, 31))
            for name, fourth in (("zero", np.zeros_like(alpha8())), ("junk", alpha8()), ("full", np.full_like(alpha8(), 255))):
                data = np.dstack([shown[:, :, ::-1], fourth])
                corpus.add(f"bmp/{NAMES[header]}-32-fourth-{name}{end}", bmp(header, 32, _rows(data, 32, down=down), down=down), shown)
    odd = shown[:, :45]
    corpus.add("bmp/info-24-odd-width", bmp(INFO, 24, _rows(odd[:, :, ::-1], 24), size=(45, 40)), odd)
    corpus.add("bmp/info-24-down", bmp(INFO, 24, _rows(shown[:, :, ::-1], 24, down=True), down=True), shown)
    corpus.add("bmp/info-24-optional-palette", bmp(INFO, 24, _rows(shown[:, :, ::-1], 24), table=_table(palette(8), INFO), colours=8), shown)
    corpus.add("bmp/info-24-bytes-after-the-end", bmp(INFO, 24, _rows(shown[:, :, ::-1], 24)) + b"more", shown)


def _bit_fields(corpus):
    kinds = {"565": ((0xF800, 0x7E0, 0x1F), 16), "555": ((0x7C00, 0x3E0, 0x1F), 16), "bgr565": ((0x1F, 0x7E0, 0xF800), 16),
             "444": ((0xF00, 0xF0, 0xF), 16), "888": ((0xFF0000, 0xFF00, 0xFF), 32), "rgb888": ((0xFF, 0xFF00, 0xFF0000), 32),
             "101010": ((0x3FF00000, 0xFFC00, 0x3FF), 32), "high": ((0xFF000000, 0xFF0000, 0xFF00), 32)}
    for name, (masks, bits) in kinds.items():
        widths = [bin(mask).count("1") for mask in masks]
        values = np.dstack([quantise(photo()[:, :, band], width).astype(np.uint32) for band, width in enumerate(widths)])
        shown = np.dstack([to8(values[:, :, band], 2**width - 1) for band, width in enumerate(widths)])
        data = _rows(_packed(values, masks).astype(f"<u{bits // 8}"), bits)
        for header in (INFO, V2, V3, V4, V5):
            corpus.add(f"bmp/{NAMES[header]}-fields-{name}", bmp(header, bits, data, compression=BI_BITFIELDS, masks=masks), shown)
    shown = over_ground(rgba8())
    for name, masks in (("argb8888", (0xFF0000, 0xFF00, 0xFF, 0xFF000000)), ("abgr8888", (0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
                        ("rgba8888", (0xFF000000, 0xFF0000, 0xFF00, 0xFF))):
        data = _rows(_packed(rgba8(), masks).astype("<u4"), 32)
        for header in (V3, V4, V5):
            corpus.add(f"bmp/{NAMES[header]}-fields-{name}", bmp(header, 32, data, compression=BI_BITFIELDS, masks=masks), shown)
        corpus.add(f"bmp/info-alpha-fields-{name}", bmp(INFO, 32, data, compression=BI_ALPHABITFIELDS, masks=masks), shown)
    masks = (0xF00, 0xF0, 0xF, 0xF000)
    values = rgba8() >> 4
    corpus.add("bmp/v4-fields-argb4444", bmp(V4, 16, _rows(_packed(values, masks).astype("<u2"), 16), compression=BI_BITFIELDS, masks=masks),
               over_ground(to8(values, 15)))


def _rle(index, bits, *, literal):
    """Run lengths, or literal runs; a row ends with 0 0, the picture with 0 1."""
    out = b""
    for row in index[::-1].tolist():
        at = 0
        while at < len(row):
            if literal and len(row) - at >= 3:
                run = row[at:at + 11]
                packed = bytes(run) if bits == 8 else bytes((run + [0])[i] << 4 | (run + [0, 0])[i + 1] for i in range(0, len(run), 2))
                out += bytes([0, len(run)]) + packed + b"\0" * (len(packed) % 2)
                at += len(run)
                continue
            end = at
            while end < len(row) and row[end] == row[at] and end - at < 255:
                end += 1
            out += bytes([end - at, row[at] if bits == 8 else row[at] * 17])
            at = end
        out += b"\0\0"
    return out + b"\0\1"


def _run_lengths(corpus):
    table, index = palette(16), indices(16)
    for bits, compression in ((8, BI_RLE8), (4, BI_RLE4)):
        for header in (INFO, OS2, V4, V5):
            options = {"compression": compression, "table": _table(table, header), "colours": 16}
            for name, literal in (("runs", False), ("literal", True)):
                corpus.add(f"bmp/{NAMES[header]}-rle{bits}-{name}", bmp(header, bits, _rle(index, bits, literal=literal), **options), table[index])
        # What jumps and an early end leave out has the first colour.
        options = {"compression": compression, "table": _table(table, INFO), "colours": 16}
        shown = indices(16)
        shown[20, :10] = shown[:10] = 0
        above, below = (_rle(shown[rows], bits, literal=False)[:-2] for rows in (slice(10, 20), slice(21, 40)))
        rest = _rle(shown[20:21, 10:], bits, literal=False)[:-2]
        corpus.add(f"bmp/info-rle{bits}-jump", bmp(INFO, bits, below + b"\0\2\x0a\0" + rest + above + b"\0\2\0\x0a\0\1", **options), table[shown])
        corpus.add(f"bmp/info-rle{bits}-early-end", bmp(INFO, bits, below + b"\0\2\x0a\0" + rest + above + b"\0\1", **options), table[shown])


def _embedded(corpus):
    shown = photo8()
    corpus.add("bmp/info-jpeg-inside", bmp(INFO, 0, jpeg_file(shown), compression=BI_JPEG), shown)
    corpus.add("bmp/info-png-inside", bmp(INFO, 0, png(shown, RGB, 8), compression=BI_PNG), shown)
    profile = profiles.matrix_profile(profiles.ROTATED_D50, profiles.srgb_curve(), version=4)
    corpus.add("bmp/v5-profile", bmp(V5, 24, _rows(profiles.rotated(shown)[:, :, ::-1], 24), profile=profile), shown, profile=True)


def add_to(corpus):
    _palettes(corpus)
    _true_colour(corpus)
    _bit_fields(corpus)
    _run_lengths(corpus)
    _embedded(corpus)
