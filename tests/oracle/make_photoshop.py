"""PSD: the merged picture that Photoshop stores behind the layers. Written here."""

import struct

import numpy as np

import profiles
from pictures import alpha, bilevel, grey, indices, over_ground, palette, photo, photo8, quantise, rgb8, rgba8, to8
from tiff_file import packbits

BITMAP, GREY, INDEXED, RGB, CMYK, LAB = 0, 1, 2, 3, 4, 9


def psd(planes, mode, bits, *, rle=False, table=b"", resources=b"", layers=b"", large=False):
    """`planes`: height x width whole numbers each."""
    height, width = planes[0].shape
    rows = []
    for plane in planes:
        stored = np.packbits(plane, axis=1) if bits == 1 else plane.astype({8: "u1", 16: ">u2", 32: ">f4"}[bits])
        rows += [row.tobytes() for row in stored]
    head = b"8BPS" + struct.pack(">H6xHIIHH", 2 if large else 1, len(planes), height, width, bits, mode)
    size = ">Q" if large else ">I"
    head += struct.pack(">I", len(table)) + table + struct.pack(">I", len(resources)) + resources + struct.pack(size, len(layers)) + layers
    if not rle:
        return head + b"\0\0" + b"".join(rows)
    packed = [packbits(row, len(row)) for row in rows]
    return head + b"\0\1" + b"".join(struct.pack(">I" if large else ">H", len(row)) for row in packed) + b"".join(packed)


def _resource(number, data):
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def _one_layer(planes, bits):
    """The layers' section, with one layer as large as the picture.

    The first extra channel of the merged picture is its transparency.
    """
    height, width = planes[0].shape
    data = [b"\0\0" + plane.astype({8: "u1", 16: ">u2"}[bits]).tobytes() for plane in planes]
    record = struct.pack(">IIIIH", 0, 0, height, width, len(planes))
    for number, content in zip((0, 1, 2, -1), data):
        record += struct.pack(">hI", number, len(content))
    record += b"8BIMnorm" + bytes([255, 0, 0, 0]) + struct.pack(">I", 12) + b"\0" * 12
    layers = struct.pack(">h", -1) + record + b"".join(data)
    layers += b"\0" * (len(layers) % 2)
    return struct.pack(">I", len(layers)) + layers + b"\0" * 4


def _bands(values):
    return [values[:, :, band] for band in range(values.shape[2])]


def add_to(corpus):
    for rle in (False, True):
        end = "-rle" if rle else ""
        for bits in (8, 16):
            colours = _bands(quantise(photo(), bits))
            corpus.add(f"psd/rgb{bits}{end}", psd(colours, RGB, bits, rle=rle), photo8())
            corpus.add(f"psd/grey{bits}{end}", psd([quantise(grey(), bits)], GREY, bits, rle=rle), rgb8(to8(grey(), 1)))
            inks = _bands(quantise(1 - profiles.inks(photo()), bits))
            corpus.add(f"psd/cmyk{bits}{end}", psd(inks, CMYK, bits, rle=rle), photo8())
            embedded = _resource(1039, profiles.cmyk_profile())
            corpus.add(f"psd/cmyk{bits}-profile{end}", psd(inks, CMYK, bits, rle=rle, resources=embedded), photo8(), profile=True)
            both = [*colours, quantise(alpha(), bits)]
            white = [*_bands(quantise(photo() * alpha()[:, :, None] + 1 - alpha()[:, :, None], bits)), both[3]]
            corpus.add(f"psd/rgba{bits}{end}", psd(white, RGB, bits, rle=rle, layers=_one_layer(both, bits)), over_ground(rgba8()))
            corpus.add(f"psd/rgb{bits}-saved-selection{end}", psd(both, RGB, bits, rle=rle), photo8())
        table = np.zeros((256, 3), np.uint8)
        table[:16] = palette(16)
        corpus.add(f"psd/palette8{end}", psd([indices(16)], INDEXED, 8, rle=rle, table=table.T.tobytes()), table[indices(16)])
        corpus.add(f"psd/bitmap{end}", psd([bilevel()], BITMAP, 1, rle=rle), rgb8((1 - bilevel()) * np.uint8(255)))
        corpus.add(f"psd/large-rgb8{end}", psd(_bands(photo8()), RGB, 8, rle=rle, large=True), photo8(), ending="psb")
    rotated = _resource(1039, profiles.matrix_profile(profiles.ROTATED_D50, profiles.srgb_curve(), version=4))
    corpus.add("psd/rgb8-profile", psd(_bands(profiles.rotated(photo8())), RGB, 8, resources=rotated), photo8(), profile=True)
