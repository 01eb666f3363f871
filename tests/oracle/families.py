"""The generators of the corpus, one module for each family of formats; each has add_to(corpus)."""

import make_bmp
import make_gif
import make_heif
import make_jpeg
import make_jpeg2000
import make_jxl
import make_others
import make_photoshop
import make_png
import make_pnm
import make_raw
import make_tiff
import make_tiff_colour
import make_webp

FAMILIES = (make_jpeg, make_png, make_webp, make_gif, make_tiff, make_tiff_colour, make_bmp, make_pnm, make_jpeg2000, make_jxl, make_heif,
            make_others, make_photoshop, make_raw)
