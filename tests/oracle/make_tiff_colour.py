"""TIFF: colour spaces, profiles, and JPEG inside."""

import io

import numpy as np
from PIL import Image

import profiles
import tiff_file as t
from make_jpeg import jpeg_file
from pictures import alpha, grey, halve, lab, over_ground, photo, photo8, quantise, rgb8, rgba8, to8, ycc
from tiff_file import tiff


def _ycbcr_blocks(rgb, across, down):
    """The data units of subsampled YCbCr: across * down of Y, then Cb, Cr."""
    values = ycc(rgb)
    height, width = values.shape[:2]
    y = values[:, :, 0].reshape(height // down, down, width // across, across).transpose(0, 2, 1, 3).reshape(height // down, width // across, -1)
    return np.concatenate([y, *(halve(values[:, :, band], across, down)[:, :, None] for band in (1, 2))], axis=2)


def _ycbcr(corpus):
    levels = {532: (t.RATIONAL, (0, 255, 128, 255, 128, 255))}
    for across, down in ((1, 1), (2, 1), (2, 2), (4, 1), (4, 4), (1, 2)):
        data = _ycbcr_blocks(photo8(), across, down).tobytes()
        tags = {530: (t.SHORT, (across, down)), **levels}
        file = tiff(None, t.YCBCR, 8, coded=[data], size=(48, 40), bands=3, tags=tags)
        coarse = across * down == 16  # too coarse to be like the source
        corpus.add(f"tiff/ycbcr-{across}x{down}", file, None if coarse else photo8(), decoders=("tiff2rgba",) if coarse else None)
    data = _ycbcr_blocks(photo8(), 1, 1)
    full = {530: (t.SHORT, (1, 1))}
    planes = [data[:, :, band].tobytes() for band in range(3)]
    corpus.add("tiff/ycbcr-planar", tiff(None, t.YCBCR, 8, coded=planes, size=(48, 40), bands=3, planar=True, tags={**full, **levels}), photo8())
    video = np.rint(np.dstack([16 + data[:, :, 0] * (219 / 255), 128 + (data[:, :, 1:] - 128.0) * (224 / 255)])).astype(np.uint8)
    corpus.add("tiff/ycbcr-video-levels", tiff(None, t.YCBCR, 8, coded=[video.tobytes()], size=(48, 40), bands=3,
                                             tags={**full, 532: (t.RATIONAL, (16, 235, 128, 240, 128, 240))}), photo8())
    for name, colours in (("rgb", "RGB"), ("ycbcr", "YCbCr")):
        out = io.BytesIO()
        Image.fromarray(photo8()).convert(colours).save(out, "TIFF", compression="jpeg", quality=95)
        corpus.add(f"tiff/jpeg-{name}", out.getvalue(), photo8())
    out = io.BytesIO()
    Image.fromarray(to8(grey(), 1)).save(out, "TIFF", compression="jpeg", quality=95)
    corpus.add("tiff/jpeg-grey", out.getvalue(), rgb8(to8(grey(), 1)))
    old = jpeg_file(photo8())
    corpus.add("tiff/old-jpeg", tiff(None, t.YCBCR, 8, coded=[old], size=(48, 40), bands=3, compression=t.OLD_JPEG,
                                     tags={**full, 513: (t.LONG, 8), 514: (t.LONG, len(old))}), photo8())
    source = tiff(photo8(), t.RGB, 8)
    tiles = ["-t", "-w", "32", "-l", "32"]
    for name, arguments in (("ycbcr-420", ["-c", "jpeg:95"]), ("rgb-raw", ["-c", "jpeg:r:95"]), ("ycbcr-420-tiles", [*tiles, "-c", "jpeg:95"])):
        corpus.add(f"tiff/jpeg-tiffcp-{name}", lambda arguments=arguments: corpus.through("tiffcp", [*arguments, "{in}", "{out}"], source=source,
                   source_ending="tif", ending="tif"), photo8())


def _cmyk(corpus):
    """Without a profile: (1 - ink) * (1 - black)."""
    inks = profiles.inks(photo())
    embedded = {34675: (t.UNDEFINED, profiles.cmyk_profile())}
    for bits in (8, 16):
        values = quantise(inks, bits)
        corpus.add(f"tiff/cmyk{bits}", tiff(values, t.SEPARATED, bits), photo8())
        corpus.add(f"tiff/cmyk{bits}-profile", tiff(values, t.SEPARATED, bits, tags=embedded), photo8(), profile=True)
        both = np.dstack([values, quantise(alpha(), bits)])
        corpus.add(f"tiff/cmyk{bits}-alpha-profile", tiff(both, t.SEPARATED, bits, extra=2, tags=embedded), over_ground(rgba8()), profile=True)
        corpus.add(f"tiff/cmyk{bits}-spot-profile", tiff(both, t.SEPARATED, bits, extra=0, tags=embedded), photo8(), profile=True)
    corpus.add("tiff/cmyk8-planar-profile", tiff(quantise(inks, 8), t.SEPARATED, 8, planar=True, tags=embedded), photo8(), profile=True)


def _lab(corpus):
    values = lab(photo8())
    signed = np.rint(np.dstack([values[:, :, 0] * 2.55, values[:, :, 1:]])).astype(int)
    wide = np.rint(np.dstack([values[:, :, 0] * 655.35, values[:, :, 1:] * 256])).astype(int)
    offset = signed + np.array([0, 128, 128])
    wide_offset = np.rint(np.dstack([values[:, :, 0] * 652.8, (values[:, :, 1:] + 128) * 256])).astype(int)
    unsigned = {339: (t.SHORT, (1, 1, 1))}
    corpus.add("tiff/cielab8", tiff((signed % 256).astype(np.uint8), t.CIELAB, 8), photo8())
    corpus.add("tiff/cielab16", tiff((wide % 65536).astype(np.uint16), t.CIELAB, 16), photo8())
    corpus.add("tiff/icclab8", tiff(offset.astype(np.uint8), t.ICCLAB, 8, tags=unsigned), photo8())
    corpus.add("tiff/icclab16", tiff(np.clip(wide_offset, 0, 65535).astype(np.uint16), t.ICCLAB, 16, tags=unsigned), photo8())
    both = np.dstack([(signed % 256).astype(np.uint8), quantise(alpha(), 8)])
    corpus.add("tiff/cielab8-alpha", tiff(both, t.CIELAB, 8, extra=2), over_ground(rgba8()))


def _profiles(corpus):
    curve = profiles.srgb_curve()
    rotated = {34675: (t.UNDEFINED, profiles.matrix_profile(profiles.ROTATED_D50, curve, version=4))}
    grey_gamma = {34675: (t.UNDEFINED, profiles.grey_profile(profiles.gamma_curve(1.8)))}
    table = {34675: (t.UNDEFINED, profiles.table_profile())}
    for bits in (8, 16):
        stored = quantise(profiles.rotated(photo()), bits)
        corpus.add(f"tiff/profile-rgb{bits}", tiff(stored, t.RGB, bits, tags=rotated), photo8(), profile=True)
        corpus.add(f"tiff/profile-table-rgb{bits}", tiff(stored, t.RGB, bits, tags=table), photo8(), profile=True)
        both = np.dstack([stored, quantise(alpha(), bits)])
        corpus.add(f"tiff/profile-rgba{bits}", tiff(both, t.RGB, bits, extra=2, tags=rotated), over_ground(rgba8()), profile=True)
        corpus.add(f"tiff/profile-rgb{bits}-spot", tiff(both, t.RGB, bits, extra=0, tags=rotated), photo8(), profile=True)
        values = quantise(profiles.encoded_grey(grey(), 1.8), bits)
        corpus.add(f"tiff/profile-grey{bits}", tiff(values, t.BLACK_IS_ZERO, bits, tags=grey_gamma), rgb8(to8(grey(), 1)), profile=True)
        inverse = values.dtype.type(2**bits - 1) - values
        corpus.add(f"tiff/profile-white-is-zero{bits}", tiff(inverse, t.WHITE_IS_ZERO, bits, tags=grey_gamma), rgb8(to8(grey(), 1)), profile=True)
    stored = profiles.rotated(photo()).astype("f4")
    corpus.add("tiff/profile-float32", tiff(stored, t.RGB, 32, tags=rotated), photo8(), profile=True)


def add_to(corpus):
    _ycbcr(corpus)
    _cmyk(corpus)
    _lab(corpus)
    _profiles(corpus)
