"""A TIFF writer for tests: every byte order, layout, depth and tag, and the simple compressions."""

import struct
import zlib

import numpy as np

NONE, CCITT_RLE, G3, G4, LZW, OLD_JPEG, JPEG, DEFLATE, PACKBITS, OLD_DEFLATE = 1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, SEPARATED, YCBCR, CIELAB, ICCLAB, ITULAB = 0, 1, 2, 3, 4, 5, 6, 8, 9, 10
UINT, INT, FLOAT = 1, 2, 3
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SLONG, LONG8 = 1, 2, 3, 4, 5, 7, 9, 16
_CODES = {BYTE: "B", ASCII: "s", SHORT: "H", LONG: "I", UNDEFINED: "s", SLONG: "i", LONG8: "Q"}


def pack_samples(values, bits, order):
    """Rows x N numbers (whole or floating point) -> bytes, each row beginning at a byte."""
    if values.dtype.kind == "f" or bits in (8, 16, 32, 64):
        return values.astype(values.dtype.newbyteorder(order)).tobytes()
    each = ((values.astype(np.uint32)[:, :, None] >> np.arange(bits - 1, -1, -1, dtype=np.uint32)) & 1).astype(np.uint8)
    return np.packbits(each.reshape(values.shape[0], -1), axis=1).tobytes()


def packbits(data, row_bytes):
    """Every row alone, in literal runs of up to 128 bytes and repeats."""
    out = bytearray()
    for start in range(0, len(data), row_bytes):
        row, at = data[start:start + row_bytes], 0
        while at < len(row):
            end = at
            while end < len(row) and row[end] == row[at] and end - at < 128:
                end += 1
            if end - at >= 3:
                out += bytes([257 - (end - at), row[at]])
                at = end
                continue
            end = min(len(row), at + 100)
            out += bytes([end - at - 1]) + row[at:end]
            at = end
    return bytes(out)


def lzw(data):
    """Codes of 9 bits: the table is cleared before it would need 10."""
    codes = []
    for at, value in enumerate(data):
        if at % 250 == 0:
            codes.append(256)
        codes.append(value)
    codes.append(257)
    bits = "".join(f"{code:09b}" for code in codes)
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def _compress(data, compression, row_bytes):
    return {NONE: lambda: data, DEFLATE: lambda: zlib.compress(data), OLD_DEFLATE: lambda: zlib.compress(data), LZW: lambda: lzw(data),
            PACKBITS: lambda: packbits(data, row_bytes)}[compression]()


def _differences(block, predictor, order):
    """Rows x columns x bands after TIFF's predictor 2 (whole numbers) or 3 (floating point, gives bytes)."""
    if predictor == 2:
        return np.concatenate([block[:, :1], block[:, 1:] - block[:, :-1]], axis=1)
    rows, columns, bands = block.shape
    size = block.dtype.itemsize
    planes = block.astype(block.dtype.newbyteorder(">")).view(np.uint8).reshape(rows, columns * bands, size).transpose(0, 2, 1).reshape(rows, -1)
    out = planes.copy()
    out[:, bands:] -= planes[:, :-bands]
    return out[:, :, None]


def blocks_of(values, *, rows_per_strip=None, tile=None, planar=False):
    """The parts of a picture in file order, height x width x bands each; tiles are filled up by their last row and column."""
    planes = [values[:, :, band:band + 1] for band in range(values.shape[2])] if planar else [values]
    for plane in planes:
        height, width = plane.shape[:2]
        if tile:
            for y in range(0, height, tile):
                for x in range(0, width, tile):
                    part = plane[y:y + tile, x:x + tile]
                    yield np.pad(part, ((0, tile - part.shape[0]), (0, tile - part.shape[1]), (0, 0)), mode="edge")
        else:
            step = rows_per_strip or height
            for y in range(0, height, step):
                yield plane[y:y + step]


def _entry(order, big, kind, value):
    """Number of values and their bytes."""
    if kind in (ASCII, UNDEFINED):
        return len(value), value
    values = value if isinstance(value, (tuple, list, np.ndarray)) else (value,)
    if kind == RATIONAL:
        return len(values), b"".join(struct.pack(order + "II", round(v * 10000), 10000) for v in values)
    return len(values), struct.pack(f"{order}{len(values)}{_CODES[kind]}", *(int(v) for v in values))


def directory(order, big, tags, at, following=0):
    """An image file directory at offset `at` with what it points at behind it."""
    room, pointer = (8, "Q") if big else (4, "I")
    count = struct.pack(order + ("Q" if big else "H"), len(tags))
    size = len(count) + len(tags) * (20 if big else 12) + room
    out, behind = count, b""
    for number, (kind, value) in sorted(tags.items()):
        many, data = _entry(order, big, kind, value)
        out += struct.pack(order + "HH" + pointer, number, kind, many)
        if len(data) <= room:
            out += data.ljust(room, b"\0")
        else:
            out += struct.pack(order + pointer, at + size + len(behind))
            behind += data + b"\0" * (len(data) % 2)
    return out + struct.pack(order + pointer, following) + behind


def tiff(values, photometric, bits, *, order="<", big=False, compression=NONE, predictor=1, planar=False, rows_per_strip=None, tile=None,
         sample_format=None, extra=None, tags=None, coded=None, bands=None, size=None, fill_order=1):
    """`values`: height x width (x bands). `extra`: the tag ExtraSamples.

    `tags`: number -> (type, value), added or in place of others.
    `coded`: blocks that are compressed already; then `size` (width, height) and `bands` say what they are."""
    if coded is None:
        values = values[:, :, None] if values.ndim == 2 else values
        height, width, bands = values.shape
        coded = []
        for block in blocks_of(values, rows_per_strip=rows_per_strip, tile=tile, planar=planar):
            if predictor > 1:
                block = _differences(block, predictor, order)
            data = pack_samples(block.reshape(block.shape[0], -1), 8 if predictor == 3 else bits, order)
            if fill_order == 2:
                data = np.packbits(np.unpackbits(np.frombuffer(data, np.uint8)), bitorder="little").tobytes()
            coded.append(_compress(data, compression, len(data) // block.shape[0]))
        if sample_format is None and values.dtype.kind in "if":
            sample_format = INT if values.dtype.kind == "i" else FLOAT
    else:
        width, height = size
    start = 16 if big else 8
    offsets, body = [], b""
    for data in coded:
        offsets.append(start + len(body))
        body += data + b"\0" * (len(data) % 2)
    pointer = LONG8 if big else LONG
    entries = {256: (SHORT, width), 257: (SHORT, height), 258: (SHORT, [bits] * bands), 259: (SHORT, compression), 262: (SHORT, photometric),
               277: (SHORT, bands), 284: (SHORT, 2 if planar else 1)}
    if tile:
        entries |= {322: (SHORT, tile), 323: (SHORT, tile), 324: (pointer, offsets), 325: (pointer, [len(data) for data in coded])}
    else:
        entries |= {273: (pointer, offsets), 278: (SHORT, rows_per_strip or height), 279: (pointer, [len(data) for data in coded])}
    if predictor > 1:
        entries[317] = (SHORT, predictor)
    if fill_order != 1:
        entries[266] = (SHORT, fill_order)
    if extra is not None:
        entries[338] = (SHORT, extra)
    if sample_format is not None:
        entries[339] = (SHORT, [sample_format] * bands)
    entries |= tags or {}
    at = start + len(body)
    mark = b"II" if order == "<" else b"MM"
    head = mark + (struct.pack(order + "HHHQ", 43, 8, 0, at) if big else struct.pack(order + "HI", 42, at))
    return head + body + directory(order, big, entries, at)
