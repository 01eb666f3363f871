"""ICC profiles, written field by field, and pixels whose meaning by a profile is known."""

import struct

import numpy as np

from pictures import from_linear, lab, to_linear

SRGB_D50 = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]])
P3_D50 = np.array([[0.515121, 0.291977, 0.157104], [0.241196, 0.692245, 0.066574], [-0.001054, 0.041885, 0.784073]])
ADOBE_D50 = np.array([[0.609741, 0.205276, 0.149185], [0.311113, 0.625671, 0.063217], [0.019470, 0.060867, 0.744568]])
PROPHOTO_D50 = np.array([[0.797675, 0.135192, 0.031353], [0.288040, 0.711874, 0.000086], [0, 0, 0.825210]])
ROTATED_D50 = SRGB_D50[:, [1, 2, 0]]  # sRGB with its primaries exchanged: what ignores the profile is far off


def _fixed(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(*values):
    return b"XYZ \0\0\0\0" + _fixed(*values)


def gamma_curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def srgb_curve():
    """The parametric curve of sRGB (version 4)."""
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def table_curve(function, entries=1024):
    values = np.rint(function(np.linspace(0, 1, entries)) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", entries) + values.tobytes()


def _description(text):
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text.encode() + b"\0" * (1 + 4 + 4 + 2 + 1 + 67)


def profile(space, connection, tags, *, kind=b"mntr", version=2):
    """A profile of a colour space ("RGB ", "GRAY", "CMYK") with a connection space ("XYZ ", "Lab ")."""
    tags = {b"desc": _description("test"), b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(0.9642, 1, 0.8249), **tags}
    body, table, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s12s4s4sI4s4sQI", at + len(body), b"\0\0\0\0", version << 24, kind, space.encode(), connection.encode(),
                       struct.pack(">6H", 2020, 1, 1, 0, 0, 0), b"acsp", b"\0\0\0\0", 0, b"\0\0\0\0", b"\0\0\0\0", 0, 0)
    head += _fixed(0.9642, 1, 0.8249) + b"\0" * 48
    return head + struct.pack(">I", len(tags)) + table + body


def matrix_profile(matrix, curve, *, version=2):
    tags = {name: _xyz(*matrix[:, band]) for band, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return profile("RGB ", "XYZ ", {**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}, version=version)


def grey_profile(curve):
    return profile("GRAY", "XYZ ", {b"kTRC": curve})


def _lut8(bands, grid, colours, filler=0):
    """Table of a grid of bands -> Lab; `colours`: sRGB bytes (floating point) of grid**bands points, the last band fastest."""
    values = lab(colours)
    table = np.clip(np.rint(np.stack([values[:, 0] * 2.55, values[:, 1] + 128, values[:, 2] + 128], axis=1)), 0, 255).astype(np.uint8)
    identity = bytes(range(256))
    return (b"mft1\0\0\0\0" + struct.pack(">BBBx", bands, 3, grid) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + identity * bands + table.tobytes() +
            identity * 3 + b"\0" * filler)


def _grid(bands, grid):
    axis = np.linspace(0, 1, grid)
    return np.stack([plane.ravel() for plane in np.meshgrid(*[axis] * bands, indexing="ij")], axis=1)


def _lut16(bands, grid, colours):
    """As _lut8, with 16 bits: L 100 is 0xFF00."""
    values = lab(colours)
    table = np.clip(np.rint(np.stack([values[:, 0] * 652.8, (values[:, 1] + 128) * 256, (values[:, 2] + 128) * 256], axis=1)), 0, 65535)
    ends = struct.pack(">HH", 0, 65535)
    return (b"mft2\0\0\0\0" + struct.pack(">BBBx", bands, 3, grid) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + struct.pack(">HH", 2, 2) +
            ends * bands + table.astype(">u2").tobytes() + ends * 3)


def _a_to_b(bands, grid, colours):
    """As _lut8, in the form of version 4: curves, table, curves; L 100 is 0xFFFF."""
    values = lab(colours)
    table = np.clip(np.rint(np.stack([values[:, 0] * 655.35, (values[:, 1] + 128) * 257, (values[:, 2] + 128) * 257], axis=1)), 0, 65535)
    straight = b"curv" + b"\0" * 8
    grids = bytes([grid] * bands).ljust(16, b"\0") + b"\2\0\0\0"
    data = table.astype(">u2").tobytes()
    before = 32 + 3 * len(straight)
    after = before + len(grids) + len(data) + -len(data) % 4
    return (b"mAB \0\0\0\0" + struct.pack(">BBHIIIII", bands, 3, 0, 32, 0, 0, before, after) + straight * 3 + grids + data +
            b"\0" * (-len(data) % 4) + straight * bands)


def table_profile(*, tag=b"A2B0", grid=17, filler=0, form="lut8"):
    """RGB by a table alone, of one rendering intent: means RGB with the bands rotated, as ROTATED_D50 does.
    `form`: lut8, lut16, or a-to-b, that of version 4."""
    colours = _grid(3, grid)[:, [2, 0, 1]] * 255
    table = {"lut8": lambda: _lut8(3, grid, colours, filler), "lut16": lambda: _lut16(3, grid, colours), "a-to-b": lambda: _a_to_b(3, grid, colours)}
    return profile("RGB ", "Lab ", {tag: table[form]()}, version=4 if form == "a-to-b" else 2)


def cmyk_profile(grid=9):
    """Ink shares -> (1 - ink) * (1 - black) as sRGB, and no way back."""
    points = _grid(4, grid)
    return profile("CMYK", "Lab ", {b"A2B0": _lut8(4, grid, (1 - points[:, :3]) * (1 - points[:, 3:]) * 255)}, kind=b"prtr")


def rotated(rgb):
    """The pixels that mean `rgb` by ROTATED_D50 or table_profile."""
    return rgb[..., [1, 2, 0]]


def encoded(rgb, matrix, gamma):
    """sRGB 0 to 1 -> the pixels, 0 to 1, that mean it by a matrix profile of that gamma, or of the curve of sRGB ("srgb")."""
    light = np.clip(to_linear(rgb) @ (np.linalg.inv(matrix) @ SRGB_D50).T, 0, 1)
    return from_linear(light) if gamma == "srgb" else light ** (1 / gamma)


def encoded_grey(grey, gamma):
    return to_linear(grey) ** (1 / gamma)


def decoded_grey(values, gamma):
    return from_linear(np.asarray(values) ** gamma)


def inks(rgb):
    """RGB 0 to 1 -> cyan, magenta, yellow, black, 0 to 1, with (1 - ink) * (1 - black) = rgb."""
    black = 0.6 * (1 - rgb.max(axis=2, keepdims=True))
    return np.concatenate([1 - rgb / (1 - black), black], axis=2)
