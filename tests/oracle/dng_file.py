"""Digital negatives (DNG), as small as LibRaw takes them."""

import io
import struct

SHORT, LONG, RATIONAL, SRATIONAL, ASCII, BYTE = 3, 4, 5, 10, 2, 1
FORMATS = {SHORT: "H", LONG: "I", RATIONAL: "II", SRATIONAL: "ii", ASCII: "s", BYTE: "B"}


def _pack(kind, values):
    if kind == ASCII:
        return values.encode() + b"\0", len(values) + 1
    if kind in (RATIONAL, SRATIONAL):
        return b"".join(struct.pack("<" + FORMATS[kind], int(value * 10000), 10000) for value in values), len(values)
    return struct.pack("<" + FORMATS[kind] * len(values), *values), len(values)


def _directory(entries, at, following=0):
    """The bytes of a directory that will lie at `at`. Entries: (tag, kind, values)."""
    entries = sorted(entries)
    data_at = at + 2 + 12 * len(entries) + 4
    table, data = struct.pack("<H", len(entries)), b""
    for tag, kind, values in entries:
        packed, count = _pack(kind, values)
        if len(packed) <= 4:
            field = packed.ljust(4, b"\0")
        else:
            field = struct.pack("<I", data_at + len(data))
            data += packed + bytes(len(packed) % 2)
        table += struct.pack("<HHI", tag, kind, count) + field
    return table + struct.pack("<I", following) + data


def negative(sensor, preview=None, orientation=1):
    """A DNG with a sensor's samples: rows of numbers up to 65535, behind a filter RGGB.

    preview: the picture that the camera adds as JPEG.
    """
    height, width = len(sensor), len(sensor[0])
    samples = b"".join(struct.pack(f"<{width}H", *row) for row in sensor)
    camera = [(271, ASCII, "hashlens"), (272, ASCII, "test"), (274, SHORT, [orientation]), (50706, BYTE, [1, 4, 0, 0]), (50707, BYTE, [1, 1, 0, 0]),
              (50708, ASCII, "hashlens test"), (50721, SRATIONAL, [3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570]),
              (50728, RATIONAL, [1, 1, 1]), (50778, SHORT, [21])]
    raw = [(254, LONG, [0]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [16]), (259, SHORT, [1]), (262, SHORT, [32803]),
           (277, SHORT, [1]), (278, LONG, [height]), (279, LONG, [len(samples)]), (284, SHORT, [1]), (33421, SHORT, [2, 2]),
           (33422, BYTE, [0, 1, 1, 2]), (50717, LONG, [65535])]
    head = b"II*\0" + struct.pack("<I", 8)
    if preview is None:
        length = len(_directory([*raw, *camera, (273, LONG, [0])], 8))
        return head + _directory([*raw, *camera, (273, LONG, [8 + length])], 8) + samples
    buffer = io.BytesIO()
    preview.save(buffer, "jpeg", quality=95)
    jpeg = buffer.getvalue()
    first = [(254, LONG, [1]), (256, LONG, [preview.width]), (257, LONG, [preview.height]), (258, SHORT, [8, 8, 8]), (259, SHORT, [7]),
             (262, SHORT, [6]), (277, SHORT, [3]), (278, LONG, [preview.height]), (279, LONG, [len(jpeg)]), (284, SHORT, [1]), *camera]
    length = len(_directory([*first, (273, LONG, [0]), (330, LONG, [0])], 8))
    raw_at = 8 + length + length % 2
    raw_length = len(_directory([*raw, (273, LONG, [0])], raw_at))
    jpeg_at = raw_at + raw_length
    samples_at = jpeg_at + len(jpeg) + len(jpeg) % 2
    first = _directory([*first, (273, LONG, [jpeg_at]), (330, LONG, [raw_at])], 8)
    return b"".join([head, first, bytes(length % 2), _directory([*raw, (273, LONG, [samples_at])], raw_at), jpeg, bytes(len(jpeg) % 2), samples])
