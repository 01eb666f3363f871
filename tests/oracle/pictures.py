"""Pictures that the corpus is made of: arrays of 0 to 1 and of whole numbers, computed, never read."""

import numpy as np

WIDTH, HEIGHT = 48, 40  # not square, so that a turned picture shows
GROUND_WHITE, GROUND_DARK, NEARLY_WHITE = 255, 64, 208  # src/base/ground.cc


def _axes(width, height):
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(height) + 0.5) / height
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def photo(width=WIDTH, height=HEIGHT):
    """Smooth RGB, 0 to 1: another colour in every corner, a soft spot off the middle, so that any flip shows."""
    x, y = _axes(width, height)
    spot = np.exp(-(((x - 0.3) / 0.15) ** 2) - ((y - 0.35) / 0.2) ** 2)
    red = 0.08 + 0.8 * x
    green = 0.12 + 0.75 * (1 - y)
    blue = 0.15 + 0.7 * (x * y + (1 - x) * (1 - y)) ** 2
    return np.clip(np.stack([red - 0.07 * spot, green - 0.3 * spot, blue + 0.25 * spot], axis=2), 0, 1)


def grey(width=WIDTH, height=HEIGHT):
    """Smooth grey, 0 to 1, height x width."""
    x, y = _axes(width, height)
    return 0.05 + 0.85 * x * (0.35 + 0.65 * y)


def alpha(width=WIDTH, height=HEIGHT):
    """Opacity, 0 to 1: none at the left edge, full at the right one."""
    return np.clip(_axes(width, height)[0] * 1.2 - 0.1, 0, 1)


def quantise(values, bits):
    """0 to 1 -> whole numbers of so many bits."""
    return np.rint(np.asarray(values) * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32)


def to8(values, maximum):
    """Whole numbers up to `maximum`, or floating point with maximum 1 -> 8 bits."""
    return np.rint(np.clip(np.asarray(values, dtype=float) / maximum, 0, 1) * 255).astype(np.uint8)


def rgb8(values):
    """Grey (height x width) or RGB bytes -> RGB bytes."""
    values = np.asarray(values)
    return np.repeat(values[:, :, None], 3, axis=2) if values.ndim == 2 else values


def photo8(width=WIDTH, height=HEIGHT):
    return to8(photo(width, height), 1)


def grey8(width=WIDTH, height=HEIGHT):
    return to8(grey(width, height), 1)


def alpha8(width=WIDTH, height=HEIGHT):
    return to8(alpha(width, height), 1)


def rgba8(width=WIDTH, height=HEIGHT):
    return np.dstack([photo8(width, height), alpha8(width, height)])


def palette(colours):
    """`colours` different RGB bytes."""
    index = np.arange(colours)
    return np.stack([40 + index * 199 // max(1, colours - 1), 230 - index * 150 // max(1, colours - 1),
                     (index * 97 + 30) % 256], axis=1).astype(np.uint8)


def indices(colours, width=WIDTH, height=HEIGHT):
    """Which colour of a palette each pixel has: patches, every one used, none symmetric."""
    x, y = _axes(width, height)
    return np.minimum((x * 0.75 + y * 0.25) * colours, colours - 1).astype(np.uint8)


def bilevel(width=WIDTH, height=HEIGHT):
    """0 and 1 in an asymmetric shape."""
    x, y = _axes(width, height)
    return ((x * 1.5 + y < 1.1) ^ (((x - 0.7) ** 2 + (y - 0.6) ** 2) < 0.03)).astype(np.uint8)


def over_ground(rgba):
    """RGBA bytes over the ground of src/base/ground.h."""
    rgba = np.asarray(rgba).astype(np.int64)
    opacity = rgba[:, :, 3]
    luma = (77 * rgba[:, :, 0] + 150 * rgba[:, :, 1] + 29 * rgba[:, :, 2]) >> 8
    ground = GROUND_DARK if 2 * opacity[luma >= NEARLY_WHITE].sum() > opacity.sum() else GROUND_WHITE
    opacity = opacity[:, :, None]
    return ((rgba[:, :, :3] * opacity + ground * (255 - opacity) + 127) // 255).astype(np.uint8)


def upright(stored, orientation):
    """What a file shows whose pixels are `stored` and whose EXIF orientation is 1 to 8."""
    turns = {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: np.swapaxes(a, 0, 1),
             6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2), 8: np.rot90}
    return turns[orientation](stored)


def to_linear(values):
    """sRGB 0 to 1 -> light."""
    values = np.asarray(values, dtype=float)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def from_linear(light):
    light = np.clip(np.asarray(light, dtype=float), 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def ycc(rgb):
    """RGB bytes -> YCbCr bytes, full range (JFIF)."""
    rgb = np.asarray(rgb, dtype=float)
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return np.rint(np.clip(np.stack([y, 128 + (b - y) / 1.772, 128 + (r - y) / 1.402], axis=-1), 0, 255)).astype(np.uint8)


def halve(plane, across, down):
    """The plane with the mean of each block of across x down pixels, whose sizes divide its own."""
    height, width = plane.shape
    blocks = plane.reshape(height // down, down, width // across, across).mean(axis=(1, 3))
    return np.rint(blocks).astype(plane.dtype)


def lab(rgb):
    """sRGB bytes -> CIE L*a*b* under D50: L 0 to 100."""
    to_xyz = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]])
    xyz = to_linear(np.asarray(rgb) / 255) @ to_xyz.T / np.array([0.9642, 1.0, 0.8249])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (xyz * 24389 / 27 + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)
