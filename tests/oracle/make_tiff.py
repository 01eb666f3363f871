"""TIFF: depths, sample formats, layouts, compressions, transparency, orientation. Colour spaces are in make_tiff_colour.py."""

import io

import numpy as np
from PIL import Image

import tiff_file as t
from pictures import (alpha, bilevel, grey, grey8, indices, over_ground, palette, photo, photo8, quantise, rgb8, rgba8, to8, upright)
from tiff_file import tiff

ORDERS = {"little": "<", "big": ">"}


def _depths(corpus):
    for name, order in ORDERS.items():
        for bits in (1, 2, 4, 8, 10, 12, 14, 16, 32):
            values = bilevel() if bits == 1 else quantise(grey(), bits)
            shown = to8(values, 2**bits - 1)
            corpus.add(f"tiff/grey{bits}-{name}", tiff(values, t.BLACK_IS_ZERO, bits, order=order), rgb8(shown))
            inverse = values.dtype.type(2**bits - 1) - values
            corpus.add(f"tiff/white-is-zero{bits}-{name}", tiff(inverse, t.WHITE_IS_ZERO, bits, order=order), rgb8(shown))
        for bits in (2, 4, 8, 10, 12, 14, 16, 32):
            values = quantise(photo(), bits)
            corpus.add(f"tiff/rgb{bits}-{name}", tiff(values, t.RGB, bits, order=order), to8(values, 2**bits - 1))
        for bits in (1, 2, 4, 8, 16):
            colours = min(2**bits, 200)
            table, index = palette(colours), indices(colours).astype(np.uint16 if bits == 16 else np.uint8)
            full = np.zeros((2**bits, 3), int)
            full[:colours] = table.astype(int) * 257
            tags = {320: (t.SHORT, full.T.ravel())}
            corpus.add(f"tiff/palette{bits}-{name}", tiff(index, t.PALETTE, bits, order=order, tags=tags), table[index])
    full = np.zeros((16, 3), int)
    full[:16] = palette(16)
    corpus.add("tiff/palette4-of-8-bit-values", tiff(indices(16), t.PALETTE, 4, tags={320: (t.SHORT, full.T.ravel())}), palette(16)[indices(16)])


def _sample_formats(corpus):
    """Signed: the whole range is stretched. Floating point: 0 to 1."""
    for name, order in ORDERS.items():
        for bits in (8, 16, 32):
            kind = np.dtype(f"i{bits // 8}")
            for what, photometric, source in (("grey", t.BLACK_IS_ZERO, grey()), ("rgb", t.RGB, photo())):
                values = (quantise(source, bits).astype(np.int64) - 2 ** (bits - 1)).astype(kind)
                corpus.add(f"tiff/{what}-signed{bits}-{name}", tiff(values, photometric, bits, order=order), rgb8(to8(source, 1)))
        for bits in (16, 32, 64):
            kind = np.dtype(f"f{bits // 8}")
            for what, photometric, source in (("grey", t.BLACK_IS_ZERO, grey()), ("rgb", t.RGB, photo())):
                corpus.add(f"tiff/{what}-float{bits}-{name}", tiff(source.astype(kind), photometric, bits, order=order), rgb8(to8(source, 1)))
    both = np.dstack([photo(), alpha()]).astype("f4")
    corpus.add("tiff/rgba-float32", tiff(both, t.RGB, 32, extra=2), over_ground(rgba8()))
    corpus.add("tiff/grey-float32-white-is-zero", tiff((1 - grey()).astype("f4"), t.WHITE_IS_ZERO, 32), rgb8(grey8()))
    for predictor in (2, 3):
        for bits in (16, 32):
            if predictor == 2:
                values, shown = quantise(photo(), bits), photo8()
            else:
                values, shown = photo().astype(f"f{bits // 8}"), photo8()
            corpus.add(f"tiff/rgb{bits}-predictor-{predictor}", tiff(values, t.RGB, bits, compression=t.DEFLATE, predictor=predictor), shown)


def _layouts(corpus):
    layouts = {"strips": {"rows_per_strip": 7}, "strip-of-all": {}, "tiles": {"tile": 16}, "tile-of-all": {"tile": 64}}
    compressions = {"none": t.NONE, "lzw": t.LZW, "deflate": t.DEFLATE, "old-deflate": t.OLD_DEFLATE, "packbits": t.PACKBITS}
    for layout, options in layouts.items():
        for planar in (False, True):
            for name, compression in compressions.items():
                what = f"{layout}{'-planar' if planar else ''}-{name}"
                corpus.add(f"tiff/rgb8-{what}", tiff(photo8(), t.RGB, 8, compression=compression, planar=planar, **options), photo8())
            corpus.add(f"tiff/rgb16-{layout}{'-planar' if planar else ''}-big-lzw",
                       tiff(quantise(photo(), 16), t.RGB, 16, order=">", compression=t.LZW, predictor=2, planar=planar, **options), photo8())
            corpus.add(f"tiff/rgba8-{layout}{'-planar' if planar else ''}",
                       tiff(rgba8(), t.RGB, 8, extra=2, planar=planar, **options), over_ground(rgba8()))
        for name, order in ORDERS.items():
            corpus.add(f"tiff/bigtiff-{layout}-{name}", tiff(photo8(), t.RGB, 8, order=order, big=True, **options), photo8())
        corpus.add(f"tiff/grey1-{layout}-packbits", tiff(bilevel(), t.BLACK_IS_ZERO, 1, compression=t.PACKBITS, **options),
                   rgb8(bilevel() * np.uint8(255)))
    corpus.add("tiff/grey1-fill-order-2", tiff(bilevel(), t.BLACK_IS_ZERO, 1, fill_order=2), rgb8(bilevel() * np.uint8(255)))
    corpus.add("tiff/rgb8-predictor-2", tiff(photo8(), t.RGB, 8, compression=t.LZW, predictor=2), photo8())
    corpus.add("tiff/grey8-one-row-strips", tiff(grey8(), t.BLACK_IS_ZERO, 8, rows_per_strip=1), rgb8(grey8()))
    corpus.add("tiff/size-1x1", tiff(photo8(1, 1), t.RGB, 8), photo8(1, 1))
    corpus.add("tiff/size-3x5", tiff(photo8(3, 5), t.RGB, 8, rows_per_strip=2), photo8(3, 5))


def _by_pillow(corpus):
    """Compressions of bilevel pictures; JPEG is in make_tiff_colour.py."""
    ink = bilevel()
    for name in ("tiff_ccitt", "group3", "group4"):
        out = io.BytesIO()
        Image.fromarray(ink * np.uint8(255)).convert("1").save(out, "TIFF", compression=name)
        corpus.add(f"tiff/grey1-{name.replace('_', '-')}", out.getvalue(), rgb8(ink * np.uint8(255)))
    plain = tiff(ink, t.BLACK_IS_ZERO, 1)
    for name, options in (("g3-one-dimension", ["-c", "g3:1d"]), ("g3-two-dimensions", ["-c", "g3:2d"]), ("g3-filled", ["-c", "g3:fill"]),
                          ("g4", ["-c", "g4"]), ("g4-fill-order-2", ["-c", "g4", "-f", "lsb2msb"]), ("g4-strips", ["-c", "g4", "-r", "7"])):
        corpus.add(f"tiff/grey1-tiffcp-{name}", lambda options=options: corpus.through("tiffcp", [*options, "{in}", "{out}"], source=plain,
                   source_ending="tif", ending="tif"), rgb8(ink * np.uint8(255)))
    for name in ("lzma", "zstd"):
        corpus.add(f"tiff/rgb8-{name}", lambda name=name: corpus.through("tiffcp", ["-c", name, "{in}", "{out}"], source=tiff(photo8(), t.RGB, 8),
                   source_ending="tif", ending="tif"), photo8())


def _transparency(corpus):
    """ExtraSamples: 0 is anything, 1 is alpha that the colours are multiplied by, 2 is plain alpha.

    A fourth band without the tag is plain alpha, too.
    """
    for bits in (8, 16):
        colours, greys, opacity = quantise(photo(), bits), quantise(grey(), bits), quantise(alpha(), bits)
        clear, grey_clear = over_ground(rgba8()), over_ground(np.dstack([rgb8(grey8()), to8(alpha(), 1)]))
        multiplied, grey_multiplied = quantise(photo() * alpha()[:, :, None], bits), quantise(grey() * alpha(), bits)
        for name, extra, rgb, one, shown, grey_shown in (
                ("unspecified", 0, colours, greys, photo8(), rgb8(grey8())),
                ("associated", 1, multiplied, grey_multiplied, clear, grey_clear),
                ("unassociated", 2, colours, greys, clear, grey_clear)):
            corpus.add(f"tiff/rgb{bits}-extra-{name}", tiff(np.dstack([rgb, opacity]), t.RGB, bits, extra=extra), shown)
            corpus.add(f"tiff/grey{bits}-extra-{name}", tiff(np.dstack([one, opacity]), t.BLACK_IS_ZERO, bits, extra=extra), grey_shown)
        corpus.add(f"tiff/rgb{bits}-extra-not-stated", tiff(np.dstack([colours, opacity]), t.RGB, bits), clear)
        corpus.add(f"tiff/rgb{bits}-two-extra-unspecified", tiff(np.dstack([colours, opacity, greys]), t.RGB, bits, extra=(0, 0)), photo8())
        corpus.add(f"tiff/rgb{bits}-alpha-and-spot", tiff(np.dstack([colours, opacity, greys]), t.RGB, bits, extra=(2, 0)), clear)
        corpus.add(f"tiff/rgb{bits}-spot-and-alpha", tiff(np.dstack([colours, greys, opacity]), t.RGB, bits, extra=(0, 2)), clear)
        corpus.add(f"tiff/grey{bits}-two-extra-unspecified", tiff(np.dstack([greys, opacity, greys]), t.BLACK_IS_ZERO, bits, extra=(0, 0)),
                   rgb8(grey8()))


def _orientations(corpus):
    for orientation in range(1, 9):
        tags = {274: (t.SHORT, orientation)}
        corpus.add(f"tiff/orientation-{orientation}", tiff(photo8(), t.RGB, 8, tags=tags), upright(photo8(), orientation))
        corpus.add(f"tiff/orientation-{orientation}-tiles-16-big", tiff(quantise(photo(), 16), t.RGB, 16, order=">", tile=16, tags=tags),
                   upright(photo8(), orientation))
    corpus.add("tiff/orientation-as-long", tiff(photo8(), t.RGB, 8, tags={274: (t.LONG, 6)}), upright(photo8(), 6))
    corpus.add("tiff/grey1-orientation-6", tiff(bilevel(), t.BLACK_IS_ZERO, 1, tags={274: (t.SHORT, 6)}),
               upright(rgb8(bilevel() * np.uint8(255)), 6))


def _pages(corpus):
    """The first page is the picture."""
    out = io.BytesIO()
    Image.fromarray(photo8()).save(out, "TIFF", save_all=True, append_images=[Image.fromarray(grey8(20, 20))])
    corpus.add("tiff/two-pages", out.getvalue(), photo8())


def add_to(corpus):
    _depths(corpus)
    _sample_formats(corpus)
    _layouts(corpus)
    _by_pillow(corpus)
    _transparency(corpus)
    _orientations(corpus)
    _pages(corpus)
