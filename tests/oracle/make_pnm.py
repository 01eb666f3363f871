"""Netpbm's formats: P1 to P6, PFM, and P7 (PAM), with every freedom of their headers. Written here."""

import numpy as np

from pictures import alpha, bilevel, grey, grey8, over_ground, photo, photo8, quantise, rgb8, to8

SIZE = b"48 40"


def _plain(values, width):
    """Numbers as text, lines of at most 70 characters."""
    return b"\n".join(b" ".join(b"%d" % v for v in row) for row in values.reshape(-1, width).tolist()) + b"\n"


def _raw(values, maximum):
    return values.astype(np.uint8 if maximum < 256 else ">u2").tobytes()


def _pnm(corpus):
    ink = bilevel()  # 1 is black
    shown = rgb8((1 - ink) * np.uint8(255))
    corpus.add("pnm/p1", b"P1\n" + SIZE + b"\n" + _plain(ink, 24), shown, ending="pbm")
    corpus.add("pnm/p1-without-spaces", b"P1\n" + SIZE + b"\n" + b"\n".join(bytes(48 + row) for row in ink) + b"\n", shown, ending="pbm")
    corpus.add("pnm/p4", b"P4\n" + SIZE + b"\n" + np.packbits(ink, axis=1).tobytes(), shown, ending="pbm")
    odd = ink[:, :45]
    corpus.add("pnm/p4-odd-width", b"P4 45 40 " + np.packbits(odd, axis=1).tobytes(), rgb8((1 - odd) * np.uint8(255)), ending="pbm")
    for maximum in (1, 15, 100, 255, 256, 1000, 65535):
        values = np.rint(grey() * maximum).astype(int)
        head = SIZE + b"\n%d\n" % maximum
        shown = rgb8(to8(values, maximum))
        corpus.add(f"pnm/p2-{maximum}", b"P2\n" + head + _plain(values, 8), shown, ending="pgm")
        corpus.add(f"pnm/p5-{maximum}", b"P5\n" + head + _raw(values, maximum), shown, ending="pgm")
        values = np.rint(photo() * maximum).astype(int)
        corpus.add(f"pnm/p3-{maximum}", b"P3\n" + head + _plain(values, 9), to8(values, maximum), ending="ppm")
        corpus.add(f"pnm/p6-{maximum}", b"P6\n" + head + _raw(values, maximum), to8(values, maximum), ending="ppm")


def _headers(corpus):
    data = photo8().tobytes()
    for name, head in (("comment", b"P6\n# one\n48 40\n255\n"), ("two-comments", b"P6\n# one\n# two\n48 40\n255\n"),
                       ("comment-between", b"P6 48 # width\n40 # height\n255\n"), ("comment-of-numbers", b"P6\n#1 2 3\n48 40\n255\n"),
                       ("comment-at-once", b"P6#comment\n48 40\n255\n"), ("tabs", b"P6\t48\t40\t255\t"), ("returns", b"P6\r\n48 40\r\n255\n"),
                       ("one-line", b"P6 48 40 255 "), ("zeros", b"P6\n048 0040\n255\n"), ("blank-lines", b"P6\n\n48\n\n40\n\n255\n")):
        corpus.add(f"pnm/header-{name}", head + data, photo8(), ending="ppm")
    corpus.add("pnm/bytes-after-the-end", b"P6\n48 40\n255\n" + data + b"\n\n", photo8(), ending="ppm")
    corpus.add("pnm/second-picture", (b"P6\n48 40\n255\n" + data) + b"P5\n1 1\n255\n0", photo8(), ending="ppm")
    commented = _plain(photo8(), 9).replace(b"\n", b" # text\n", 1)
    corpus.add("pnm/p3-comment-among-numbers", b"P3\n48 40\n255\n" + commented, photo8(), ending="ppm")


def _pfm(corpus):
    """Rows from the bottom; the sign of the scale tells the byte order."""
    for name, kind, values in (("grey", b"Pf", grey()), ("rgb", b"PF", photo())):
        shown = rgb8(to8(values, 1))
        for order, scale in (("<", b"-1.0"), (">", b"1.0"), ("<", b"-1")):
            end = "little" if order == "<" else "big"
            end += "-whole" if scale == b"-1" else ""
            corpus.add(f"pnm/pfm-{name}-{end}", kind + b"\n48 40\n" + scale + b"\n" + values[::-1].astype(order + "f4").tobytes(), shown,
                       ending="pfm")
    over = photo() * 2 - 0.3  # what lies outside is cut off
    corpus.add("pnm/pfm-outside", b"PF\n48 40\n-1.0\n" + over[::-1].astype("<f4").tobytes(), to8(over, 1), ending="pfm")


def _pam(corpus):
    for maximum in (255, 65535):
        opacity = np.rint(alpha() * maximum).astype(int)
        for kind, values in (("grayscale", grey()), ("rgb", photo())):
            values = np.rint(values * maximum).astype(int)
            colours = rgb8(to8(values, maximum))
            both = np.dstack([values, opacity])
            clear = over_ground(np.dstack([colours, to8(opacity, maximum)]))
            for end, pixels, shown in (("", np.dstack([values]), colours), ("_alpha", both, clear)):
                head = b"P7\nWIDTH 48\nHEIGHT 40\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n" % (
                    pixels.shape[2], maximum, (kind + end).upper().encode())
                corpus.add(f"pam/{kind}{end.replace('_', '-')}-{maximum}", head + _raw(pixels, maximum), shown)
    white = (1 - bilevel()).tobytes()
    corpus.add("pam/blackandwhite", b"P7\nWIDTH 48\nHEIGHT 40\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n" + white,
               rgb8((1 - bilevel()) * np.uint8(255)))
    corpus.add("pam/without-type", b"P7\n# comment\nHEIGHT 40\nWIDTH 48\nMAXVAL 255\nDEPTH 1\nENDHDR\n" + grey8().tobytes(), rgb8(grey8()))


def add_to(corpus):
    _pnm(corpus)
    _headers(corpus)
    _pfm(corpus)
    _pam(corpus)
