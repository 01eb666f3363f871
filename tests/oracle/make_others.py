"""QOI, TGA, Radiance HDR, OpenEXR, ICO and SVG, written here, and PDF by Pillow."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

import make_png
from make_bmp import INFO, bmp
from make_png import png
from pictures import (alpha8, grey, grey8, indices, over_ground, palette, photo, photo8, quantise, rgb8, rgba8, to8, to_linear)


def _qoi_file(pixels, space=0):
    """Runs, indices, and whole pixels; the small differences are left to other encoders."""
    height, width, count = pixels.shape
    out, seen, before, run = bytearray(b"qoif" + struct.pack(">IIBB", width, height, count, space)), {}, (0, 0, 0, 255), 0
    for value in pixels.reshape(-1, count).tolist():
        now = tuple(value) if count == 4 else (*value, 255)
        if now == before:
            run += 1
            if run == 62:
                out.append(0xC0 | 61)
                run = 0
            continue
        if run:
            out.append(0xC0 | (run - 1))
            run = 0
        place = (now[0] * 3 + now[1] * 5 + now[2] * 7 + now[3] * 11) % 64
        steps = [(now[i] - before[i] + 128) % 256 - 128 for i in range(3)]
        if seen.get(place) == now:
            out.append(place)
        elif now[3] == before[3] and all(-2 <= step <= 1 for step in steps):
            out.append(0x40 | steps[0] + 2 << 4 | steps[1] + 2 << 2 | steps[2] + 2)
        elif now[3] == before[3]:
            out += bytes([0xFE, *now[:3]])
        else:
            out += bytes([0xFF, *now])
        seen[place] = before = now
    if run:
        out.append(0xC0 | (run - 1))
    return bytes(out) + b"\0" * 7 + b"\1"


def _qoi(corpus):
    corpus.add("qoi/rgb", _qoi_file(photo8()), photo8())
    corpus.add("qoi/rgba", _qoi_file(rgba8()), over_ground(rgba8()))
    table, index = palette(16), indices(16)
    corpus.add("qoi/runs", _qoi_file(table[index]), table[index])


def _tga_packets(pixels, width):
    """Run-length packets; none crosses the end of a row."""
    out = bytearray()
    for start in range(0, len(pixels), width):
        row, at = pixels[start:start + width], 0
        while at < len(row):
            end = at + 1
            while end < len(row) and row[end] == row[at] and end - at < 128:
                end += 1
            if end - at > 1:
                out += bytes([0x80 | (end - at - 1)]) + row[at]
            else:
                while end < len(row) and end - at < 128 and (end + 1 >= len(row) or row[end] != row[end + 1]):
                    end += 1
                out += bytes([end - at - 1]) + b"".join(row[at:end])
            at = end
    return bytes(out)


def _tga_file(values, kind, bits, *, alpha_bits=0, table=b"", table_length=0, table_bits=0, rle=False, from_top=True, from_right=False,
              footer=False):
    values = values if from_top else values[::-1]
    values = values[:, ::-1] if from_right else values
    height, width = values.shape[:2]
    size = bits // 8
    data = np.ascontiguousarray(values).tobytes()
    pixels = [data[at:at + size] for at in range(0, len(data), size)]
    body = _tga_packets(pixels, width) if rle else data
    head = struct.pack("<BBBHHBHHHHBB", 0, int(bool(table)), kind + (8 if rle else 0), 0, table_length, table_bits, 0, 0, width, height, bits,
                       alpha_bits | (0x20 if from_top else 0) | (0x10 if from_right else 0))
    return head + table + body + (b"\0" * 8 + b"TRUEVISION-XFILE.\0" if footer else b"")


def _tga(corpus):
    five = quantise(photo(), 5).astype("<u2")
    packed = five[:, :, 0] << 10 | five[:, :, 1] << 5 | five[:, :, 2]
    clear = rgba8()[:, :, [2, 1, 0, 3]]
    table, index = palette(64), indices(64)
    tables = {"24": (table[:, ::-1].tobytes(), 24), "32": (np.hstack([table[:, ::-1], np.full((64, 1), 255, np.uint8)]).tobytes(), 32)}
    for rle in (False, True):
        for from_top in (False, True):
            end = f"{'-rle' if rle else ''}{'-from-top' if from_top else ''}"
            options = {"rle": rle, "from_top": from_top, "footer": from_top}
            corpus.add(f"tga/rgb16{end}", _tga_file(packed.astype("<u2"), 2, 16, **options), to8(five, 31))
            corpus.add(f"tga/rgb24{end}", _tga_file(photo8()[:, :, ::-1], 2, 24, **options), photo8())
            corpus.add(f"tga/rgba32{end}", _tga_file(clear, 2, 32, alpha_bits=8, **options), over_ground(rgba8()))
            corpus.add(f"tga/grey8{end}", _tga_file(grey8(), 3, 8, **options), rgb8(grey8()))
            for name, (entries, bits) in tables.items():
                corpus.add(f"tga/palette8-of-{name}{end}", _tga_file(index, 1, 8, table=entries, table_length=64, table_bits=bits, **options),
                           table[index])
    corpus.add("tga/rgb24-from-right", _tga_file(photo8()[:, :, ::-1], 2, 24, from_right=True), photo8())


def _rgbe(light):
    """Light -> three mantissas and their common exponent."""
    largest = light.max(axis=2)
    mantissa, exponent = np.frexp(largest)
    scale = np.where(largest > 1e-32, mantissa * 256 / np.maximum(largest, 1e-32), 0)
    return np.dstack([light * scale[:, :, None], np.where(largest > 1e-32, exponent + 128, 0)]).astype(np.uint8)


def _hdr(corpus):
    pixels = _rgbe(to_linear(photo()))
    head = b"#?RADIANCE\n# test\nFORMAT=32-bit_rle_rgbe\n\n"
    runs = b"".join(b"\2\2\0\x30" + b"".join(b"\x30" + row[:, band].tobytes() for band in range(4)) for row in pixels)
    corpus.add("hdr/flat", head + b"-Y 40 +X 48\n" + pixels.tobytes(), photo8())
    corpus.add("hdr/rle", head + b"-Y 40 +X 48\n" + runs, photo8())
    corpus.add("hdr/rgbe-head", b"#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n-Y 40 +X 48\n" + pixels.tobytes(), photo8())
    corpus.add("hdr/from-bottom", head + b"+Y 40 +X 48\n" + pixels[::-1].tobytes(), photo8())


def _exr_file(planes, kind, *, compression=0):
    """`planes`: name -> height x width, 0 to 1; kind 1 is half, 2 is float."""
    names = sorted(planes)
    height, width = planes[names[0]].shape
    number = {1: "<f2", 2: "<f4"}[kind]

    def attribute(name, what, data):
        return name + b"\0" + what + b"\0" + struct.pack("<I", len(data)) + data

    channel_list = b"".join(name.encode() + b"\0" + struct.pack("<IB3xII", kind, 0, 1, 1) for name in names) + b"\0"
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    head = (b"\x76\x2f\x31\x01" + struct.pack("<I", 2) + attribute(b"channels", b"chlist", channel_list) +
            attribute(b"compression", b"compression", bytes([compression])) + attribute(b"dataWindow", b"box2i", window) +
            attribute(b"displayWindow", b"box2i", window) + attribute(b"lineOrder", b"lineOrder", b"\0") +
            attribute(b"pixelAspectRatio", b"float", struct.pack("<f", 1)) + attribute(b"screenWindowCenter", b"v2f", struct.pack("<2f", 0, 0)) +
            attribute(b"screenWindowWidth", b"float", struct.pack("<f", 1)) + b"\0")
    blocks, step = [], 16 if compression == 3 else 1
    for y in range(0, height, step):
        data = b"".join(planes[name][row].astype(number).tobytes() for row in range(y, min(y + step, height)) for name in names)
        if compression in (2, 3):  # ZIPS, ZIP: even and odd bytes apart, then differences
            plain = np.frombuffer(data, np.uint8)
            apart = np.concatenate([plain[0::2], plain[1::2]]).astype(int)
            steps = np.concatenate([apart[:1], (apart[1:] - apart[:-1] + 384) % 256]).astype(np.uint8)
            squeezed = zlib.compress(steps.tobytes())
            data = squeezed if len(squeezed) < len(data) else data
        blocks.append(struct.pack("<iI", y, len(data)) + data)
    at, table = len(head) + 8 * len(blocks), b""
    for block in blocks:
        table += struct.pack("<Q", at)
        at += len(block)
    return head + table + b"".join(blocks)


def _exr(corpus):
    light = to_linear(photo())
    colours = {name: light[:, :, band] for band, name in enumerate("RGB")}
    opacity = alpha8() / 255
    for kind, name in ((1, "half"), (2, "float")):
        for compression, end in ((0, "none"), (2, "zips"), (3, "zip")):
            corpus.add(f"exr/rgb-{name}-{end}", _exr_file(colours, kind, compression=compression), photo8())
        corpus.add(f"exr/grey-{name}", _exr_file({"Y": to_linear(grey())}, kind), rgb8(grey8()))
        multiplied = {band: plane * opacity for band, plane in colours.items()}
        corpus.add(f"exr/rgba-{name}", _exr_file({**multiplied, "A": opacity}, kind), over_ground(rgba8()))


def _ico_file(pictures):
    """`pictures`: (width, height, bits, the bytes of a PNG or of a DIB)."""
    out, at = struct.pack("<HHH", 0, 1, len(pictures)), 6 + 16 * len(pictures)
    for width, height, bits, data in pictures:
        out += struct.pack("<BBBBHHII", width % 256, height % 256, 0, 0, 1, bits, len(data), at)
        at += len(data)
    return out + b"".join(data for *_, data in pictures)


def _dib(bits, colours, mask, table=b""):
    """A bitmap without file header, twice as high for its mask (1: transparent), lowest row first."""
    height, width = mask.shape
    rows = b"".join(row.tobytes() + b"\0" * (-row.nbytes % 4) for row in colours[::-1])
    lines = b"".join(row.tobytes() + b"\0" * (-row.nbytes % 4) for row in np.packbits(mask[::-1], axis=1))
    whole = bmp(INFO, bits, rows + lines, size=(width, 2 * height), table=table)
    return whole[14:]


def _ico(corpus):
    size = (32, 32)
    clear, mask = rgba8(*size), np.zeros((32, 32), np.uint8)
    mask[:10, :7] = 1
    shown = photo8(*size)
    masked = over_ground(np.dstack([shown, 255 * (1 - mask)]).astype(np.uint8))
    largest = (32, 32, 32, png(clear, make_png.RGBA, 8))
    corpus.add("ico/png", _ico_file([largest]), over_ground(clear))
    corpus.add("ico/dib32", _ico_file([(32, 32, 32, _dib(32, clear[:, :, [2, 1, 0, 3]], np.zeros_like(mask)))]), over_ground(clear))
    corpus.add("ico/dib24-mask", _ico_file([(32, 32, 24, _dib(24, shown[:, :, ::-1], mask))]), masked)
    table, index = palette(16), indices(16, *size)
    entries = b"".join(bytes(colour[::-1]) + b"\0" for colour in table)
    data = _dib(4, (index[:, 0::2] << 4 | index[:, 1::2]), mask, table=entries)
    corpus.add("ico/dib4-mask", _ico_file([(32, 32, 4, data)]), over_ground(np.dstack([table[index], 255 * (1 - mask)]).astype(np.uint8)))
    small = (16, 16, 32, png(rgba8(16, 16), make_png.RGBA, 8))
    corpus.add("ico/largest-of-two", _ico_file([small, largest]), over_ground(clear))


def _svg(corpus):
    """Squares at whole places, so that no edge is blended; large enough to be drawn at their own size."""
    table, cells = palette(30), np.arange(30).reshape(5, 6)
    squares = "".join(f'<rect x="{96 * x}" y="{96 * y}" width="96" height="96" fill="rgb({",".join(map(str, table[cells[y, x]]))})"/>'
                      for y in range(5) for x in range(6))
    shown = np.kron(cells, np.ones((96, 96), int))
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="576" height="480" viewBox="0 0 576 480">'
    corpus.add("svg/squares", (head + squares + "</svg>").encode(), table[shown])
    corpus.add("svg/declaration", ('<?xml version="1.0"?>\n<!-- comment -->\n' + head + squares + "</svg>").encode(), table[shown])
    some = f'{head}<rect x="96" y="96" width="192" height="288" fill="rgb(200,30,60)"/></svg>'
    canvas = np.zeros((480, 576, 4), np.uint8)
    canvas[96:384, 96:288] = (200, 30, 60, 255)
    corpus.add("svg/transparent-ground", some.encode(), over_ground(canvas))


def _pdf(corpus):
    """A page that is one picture, as scanners write it, and a second page."""
    page = photo8(576, 480)
    file = io.BytesIO()
    Image.fromarray(page).save(file, "pdf", save_all=True, append_images=[Image.new("RGB", (600, 500))], quality=95)
    corpus.add("pdf/page", file.getvalue(), page)


def add_to(corpus):
    _qoi(corpus)
    _tga(corpus)
    _hdr(corpus)
    _exr(corpus)
    _ico(corpus)
    _svg(corpus)
    _pdf(corpus)
