"""WebP: lossy and lossless by Pillow; the container written here."""

import io
import struct

import numpy as np
from PIL import Image

import profiles
from make_jpeg import exif
from pictures import alpha8, over_ground, photo8, rgba8, upright

HAS_ANIMATION, HAS_XMP, HAS_EXIF, HAS_ALPHA, HAS_PROFILE = 2, 4, 8, 16, 32


def _chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _riff(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _three(value):
    return struct.pack("<I", value)[:3]


def _coded(pixels, **options):
    """The chunks of a picture: VP8L, VP8, or ALPH and VP8."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", **options)
    file, at, chunks = out.getvalue(), 12, []
    while at < len(file):
        size = struct.unpack("<I", file[at + 4:at + 8])[0]
        if file[at:at + 4] in (b"VP8 ", b"VP8L", b"ALPH"):
            chunks.append(_chunk(file[at:at + 4], file[at + 8:at + 8 + size]))
        at += 8 + size + size % 2
    return b"".join(chunks)


def _extended(flags, *chunks, width=48, height=40):
    return _riff(_chunk(b"VP8X", struct.pack("<I", flags) + _three(width - 1) + _three(height - 1)), *chunks)


def _frame(coded, x, y, width, height, flags=0):
    return _chunk(b"ANMF", _three(x // 2) + _three(y // 2) + _three(width - 1) + _three(height - 1) + _three(100) + bytes([flags]) + coded)


def _stills(corpus):
    shown, clear = photo8(), rgba8()
    corpus.add("webp/lossless", _riff(_coded(shown, lossless=True)), shown)
    corpus.add("webp/lossless-alpha", _riff(_coded(clear, lossless=True, exact=True)), over_ground(clear))
    corpus.add("webp/lossless-alpha-not-exact", _riff(_coded(clear, lossless=True)), over_ground(clear))
    for quality in (90, 100):
        corpus.add(f"webp/lossy-{quality}", _riff(_coded(shown, quality=quality)), shown)
    lossy = _coded(clear, quality=95)
    corpus.add("webp/lossy-alpha", _extended(HAS_ALPHA, lossy), over_ground(clear))
    corpus.add("webp/lossy-alpha-coarse", _extended(HAS_ALPHA, _coded(clear, quality=95, alpha_quality=60)), over_ground(clear))
    corpus.add("webp/simple-in-extended", _extended(0, _coded(shown, lossless=True)), shown)
    corpus.add("webp/bytes-after-the-end", _riff(_coded(shown, lossless=True)) + b"more", shown)
    logo = np.dstack([np.full((40, 48, 3), 245, np.uint8), alpha8()])
    corpus.add("webp/white-logo", _riff(_coded(logo, lossless=True, exact=True)), over_ground(logo))
    for width, height in ((1, 1), (5, 3)):
        corpus.add(f"webp/size-{width}x{height}", _riff(_coded(photo8(width, height), lossless=True)), photo8(width, height))


def _described(corpus):
    coded = _coded(photo8(), lossless=True)
    for orientation in range(1, 9):
        block = _chunk(b"EXIF", exif(orientation, order=">"))
        corpus.add(f"webp/exif-{orientation}", _extended(HAS_EXIF, coded, block), upright(photo8(), orientation))
    prefixed = _chunk(b"EXIF", b"Exif\0\0" + exif(6))
    corpus.add("webp/exif-with-jpeg-prefix", _extended(HAS_EXIF, coded, prefixed), upright(photo8(), 6))
    rotated = profiles.matrix_profile(profiles.ROTATED_D50, profiles.srgb_curve(), version=4)
    stored = profiles.rotated(photo8())
    for name, options in (("lossless", {"lossless": True}), ("lossy", {"quality": 97})):
        file = _extended(HAS_PROFILE, _chunk(b"ICCP", rotated), _coded(stored, **options))
        corpus.add(f"webp/profile-{name}", file, photo8(), profile=True)
    both = _coded(np.dstack([stored, alpha8()]), lossless=True, exact=True)
    corpus.add("webp/profile-alpha", _extended(HAS_PROFILE | HAS_ALPHA, _chunk(b"ICCP", rotated), both), over_ground(rgba8()), profile=True)


def _animations(corpus):
    """The first frame shows, on a transparent canvas where it is smaller."""
    small = photo8(20, 16)
    canvas = np.zeros((40, 48, 4), np.uint8)
    canvas[10:26, 8:28] = np.dstack([small, np.full(small.shape[:2], 255, np.uint8)])
    second = _frame(_coded(photo8()[::-1].copy(), lossless=True), 0, 0, 48, 40)
    for name, ground in (("transparent", b"\0\0\0\0"), ("coloured", b"\xff\0\0\xff")):
        start = _chunk(b"ANIM", ground + b"\0\0")
        frame = _frame(_coded(small, lossless=True), 8, 10, 20, 16)
        corpus.add(f"webp/animation-small-first-{name}", _extended(HAS_ANIMATION | HAS_ALPHA, start, frame, second), over_ground(canvas))
    start = _chunk(b"ANIM", b"\0\0\0\0\0\0")
    corpus.add("webp/animation", _extended(HAS_ANIMATION, start, _frame(_coded(photo8(), quality=95), 0, 0, 48, 40), second), photo8())
    corpus.add("webp/animation-alpha", _extended(HAS_ANIMATION | HAS_ALPHA, start, _frame(_coded(rgba8(), lossless=True, exact=True), 0, 0, 48, 40),
                                                 second), over_ground(rgba8()))


def add_to(corpus):
    _stills(corpus)
    _described(corpus)
    _animations(corpus)
