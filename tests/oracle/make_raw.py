"""Raw pictures of cameras, as DNG: with the camera's preview, and without one."""

import numpy as np
from PIL import Image

from dng_file import negative
from pictures import photo8, upright

SIDE = (640, 480)  # of the preview


def _halves(width=1280, height=960):
    """A sensor that saw black on the left and white on the right."""
    row = [0] * (width // 2) + [65535] * (width // 2)
    return [row] * height


def add_to(corpus):
    preview = photo8(*SIDE)
    for orientation in (1, 3, 6, 8):
        corpus.add(f"raw/preview-orientation-{orientation}", lambda turned=orientation: negative(_halves(), Image.fromarray(preview), turned),
                   upright(preview, orientation), ending="dng")
    shown = np.zeros((480, 640, 3), np.uint8)
    shown[:, 320:] = 255
    corpus.add("raw/developed", lambda: negative(_halves()), shown, ending="dng")
