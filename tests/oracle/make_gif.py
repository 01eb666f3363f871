"""GIF, written here: depths, interlacing, transparency, palettes, frames smaller than the canvas."""

import struct

import numpy as np

from pictures import indices, over_ground, palette


def _lzw(index, bits):
    """Codes of one width: the table is cleared before it would need a wider one."""
    bits = max(2, bits)
    clear, width = 1 << bits, bits + 1
    codes, run = [], 0
    for value in index.ravel().tolist():
        if run == 0:
            codes.append(clear)
        codes.append(value)
        run = (run + 1) % (clear - 2)
    codes.append(clear + 1)
    number = 0
    for at, code in enumerate(codes):
        number |= code << (at * width)
    data = number.to_bytes((len(codes) * width + 7) // 8, "little")
    blocks = b"".join(bytes([len(data[at:at + 255])]) + data[at:at + 255] for at in range(0, len(data), 255))
    return bytes([bits]) + blocks + b"\0"


def _bits(table):
    return max(1, (len(table) - 1).bit_length())


def _table(table):
    return table.tobytes().ljust(3 * 2 ** _bits(table), b"\0")


def frame(index, *, at=(0, 0), local=None, bits=8, interlaced=False, transparent=None, disposal=0):
    height, width = index.shape
    flags = 0x40 if interlaced else 0
    if local is not None:
        bits = _bits(local)
        flags |= 0x80 | (bits - 1)
    control = b""
    if transparent is not None or disposal:
        control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, disposal << 2 | (transparent is not None), 10, transparent or 0, 0)
    if interlaced:
        index = np.concatenate([index[0::8], index[4::8], index[2::4], index[1::2]])
    head = struct.pack("<BHHHHB", 0x2C, *at, width, height, flags)
    return control + head + (b"" if local is None else _table(local)) + _lzw(index, bits)


def gif(frames, table=None, *, size=(48, 40), version=b"89a", background=0, extensions=b""):
    flags = 0 if table is None else 0x80 | (_bits(table) - 1)
    head = b"GIF" + version + struct.pack("<HHBBB", *size, flags, background, 0)
    return head + (b"" if table is None else _table(table)) + extensions + b"".join(frames) + b";"


def _opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _depths(corpus):
    for bits in range(1, 9):
        table, index = palette(2**bits), indices(2**bits)
        corpus.add(f"gif/palette{bits}", gif([frame(index, bits=bits)], table, version=b"87a"), table[index])
        corpus.add(f"gif/palette{bits}-interlaced", gif([frame(index, bits=bits, interlaced=True)], table), table[index])
    table, index = palette(5), indices(5)
    corpus.add("gif/five-colours", gif([frame(index, bits=3)], table), table[index])
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    corpus.add("gif/grey-palette", gif([frame(indices(256))], grey), grey[indices(256)])


def _transparency(corpus):
    table, index = palette(16), indices(16)
    opacity = np.where(index == 5, 0, 255).astype(np.uint8)
    shown = over_ground(np.dstack([table[index], opacity]))
    corpus.add("gif/transparent", gif([frame(index, bits=4, transparent=5)], table), shown)
    corpus.add("gif/transparent-interlaced", gif([frame(index, bits=4, transparent=5, interlaced=True)], table), shown)
    corpus.add("gif/transparent-is-background", gif([frame(index, bits=4, transparent=5)], table, background=5), shown)
    corpus.add("gif/transparent-not-used", gif([frame(index, bits=5, transparent=30)], palette(32)), palette(32)[index])


def _frames(corpus):
    table, index = palette(16), indices(16)
    local = palette(16)[::-1].copy()
    corpus.add("gif/local-palette", gif([frame(index, local=local)], table), local[index])
    corpus.add("gif/local-palette-alone", gif([frame(index, local=local)]), local[index])
    small = indices(16, 20, 16)
    for name, background, options in (("", 0, {}), ("-coloured-background", 9, {}), ("-then-restored", 0, {"disposal": 2})):
        canvas = np.zeros((40, 48, 4), np.uint8)
        canvas[12:28, 9:29] = _opaque(table[small])
        frames = [frame(small, at=(9, 12), bits=4, **options), frame(index, bits=4)]
        corpus.add(f"gif/small-first{name}", gif(frames, table, background=background), over_ground(canvas))
        corpus.add(f"gif/small-alone{name}", gif(frames[:1], table, background=background), over_ground(canvas))
    canvas[12:28, 9:29][small == 3] = 0
    corpus.add("gif/small-first-transparent", gif([frame(small, at=(9, 12), bits=4, transparent=3), frame(index, bits=4)], table),
               over_ground(canvas))
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    corpus.add("gif/animation", gif([frame(index, bits=4, disposal=1), frame(index[::-1], bits=4)], table, extensions=loop), table[index])
    comment = b"\x21\xfe\x05hello\0"
    corpus.add("gif/comment", gif([frame(index, bits=4)], table, extensions=comment), table[index])
    corpus.add("gif/size-1x1", gif([frame(indices(2, 1, 1), bits=1)], palette(2), size=(1, 1)), palette(2)[indices(2, 1, 1)])


def add_to(corpus):
    _depths(corpus)
    _transparency(corpus)
    _frames(corpus)
