"""Other decoders, each as a function: path, whether to follow the colour profile -> upright RGB bytes over the ground."""

import io
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np
from PIL import Image, ImageCms, ImageOps

from corpus import MissingTool, run_tool
from pictures import over_ground, rgb8, to8

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _numbers(image):
    """A Pillow image of more than 8 bits, or of floating point, as 8 bits."""
    values = np.asarray(image)
    if image.mode == "F":
        return rgb8(to8(values, 1))
    return rgb8(to8(values, 2**32 - 1 if values.max() > 65535 else 65535))


def _to_rgb(image, profile):
    """Pillow image -> RGB or RGBA bytes in sRGB."""
    icc = image.info.get("icc_profile") if profile else None
    if image.mode in ("F", "I") or image.mode.startswith("I;16"):
        if not icc:
            return _numbers(image)
        image = Image.fromarray(_numbers(image)[:, :, 0])
    transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    if icc:
        opacity = image.convert("RGBA").getchannel("A") if transparent else None
        bands = {"P": "RGB", "RGBA": "RGB", "LA": "L", "PA": "RGB"}.get(image.mode, image.mode)
        colours = image.convert(bands)
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        colours = ImageCms.profileToProfile(colours, ImageCms.ImageCmsProfile(io.BytesIO(icc)), SRGB, renderingIntent=1,
                                            outputMode="RGB", flags=flags)
        return np.dstack([np.asarray(colours), np.asarray(opacity)]) if transparent else np.asarray(colours)
    return np.asarray(image.convert("RGBA" if transparent else "RGB"))


def _finish(pixels):
    return over_ground(pixels) if pixels.shape[2] == 4 else pixels


def _read_pillow(image, profile, turn=True):
    return _finish(_to_rgb(ImageOps.exif_transpose(image) if turn else image, profile))


def pillow(path, profile):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path) as image:
            return _read_pillow(image, profile)


def _through_png(program, arguments, path, profile, ending="png", turn=False):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / f"out.{ending}"
        run_tool(program, *(str(a).replace("{in}", str(path)).replace("{out}", str(out)) for a in arguments))
        first = out if out.exists() else sorted(pathlib.Path(folder).iterdir())[0]  # heif-convert numbers them
        with Image.open(first) as image:
            return _read_pillow(image, profile, turn)


def convert(path, profile):
    """ImageMagick."""
    to_srgb = ["-profile", _srgb_file()] if profile else ["-colorspace", "sRGB"]
    whole = ["-coalesce"] if path.suffix == ".gif" else []
    pam = run_tool("convert", f"{path}[0]", *whole, "-auto-orient", *to_srgb, "-depth", 8, "-type", "TrueColorAlpha", "pam:-")
    header, _, data = pam.partition(b"ENDHDR\n")
    fields = dict(line.split(b" ", 1) for line in header.splitlines() if b" " in line)
    width, height, depth = (int(fields[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH"))
    pixels = np.frombuffer(data, np.uint8, width * height * depth).reshape(height, width, depth)
    return _finish(pixels if depth >= 3 else np.dstack([pixels[:, :, :1]] * 3 + [pixels[:, :, 1:]]))


_srgb_path = None


def _srgb_file():
    global _srgb_path
    if _srgb_path is None:
        _srgb_path = tempfile.NamedTemporaryFile(suffix=".icc")
        _srgb_path.write(SRGB.tobytes())
        _srgb_path.flush()
    return _srgb_path.name


def djxl(path, profile):
    try:
        return _through_png("djxl", ["{in}", "{out}"], path, profile)
    except OSError:  # it writes neither floating point nor deep alpha as PNG
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out.npy"
            run_tool("djxl", path, out, "--color_space=" + ("Gra_D65_Rel_SRG" if "grey" in path.name else "RGB_D65_SRG_Rel_SRG"))
            pixels = to8(np.load(out)[0], 1)
        return _finish(np.dstack([pixels[:, :, :1]] * 3 + [pixels[:, :, 1:]]) if pixels.shape[2] < 3 else pixels)


def rsvg_convert(path, profile):
    return _through_png("rsvg-convert", ["{in}", "-o", "{out}"], path, profile)


def avifdec(path, profile):
    return _through_png("avifdec", ["-d", 8, "{in}", "{out}"], path, profile)


def heif_convert(path, profile):
    return _through_png("heif-convert", ["{in}", "{out}"], path, profile)


def opj_decompress(path, profile):
    return _through_png("opj_decompress", ["-i", "{in}", "-o", "{out}"], path, profile)


def tiff2rgba(path, profile):
    return _through_png("tiff2rgba", ["-c", "none", "{in}", "{out}"], path, profile, "tif", turn=True)


def dwebp(path, profile):
    return _through_png("dwebp", ["{in}", "-o", "{out}"], path, profile)


ALL = {"Pillow": pillow, "convert": convert, "djxl": djxl, "avifdec": avifdec, "heif-convert": heif_convert,
       "opj_decompress": opj_decompress, "tiff2rgba": tiff2rgba, "dwebp": dwebp,
       "rsvg-convert": rsvg_convert}
OF_FORMAT = {
    "webp": ("Pillow", "dwebp"), "tiff": ("Pillow", "convert", "tiff2rgba"), "jpeg2000": ("Pillow", "opj_decompress", "convert"),
    "jxl": ("djxl",), "avif": ("Pillow", "avifdec", "heif-convert"), "heif": ("heif-convert",), "svg": ("rsvg-convert",)}


def names_for(form):
    return OF_FORMAT.get(form, ("Pillow", "convert"))


def ask(name, path, profile):
    """(pixels, None) or (None, why it could not read the file)."""
    try:
        return ALL[name](path, profile), None
    except MissingTool as missing:
        return None, f"{missing} is not installed"
    except (OSError, ValueError, SyntaxError, KeyError, IndexError, TypeError, EOFError, NotImplementedError,
            ImageCms.PyCMSError, Image.DecompressionBombError, subprocess.TimeoutExpired) as error:
        return None, str(error).splitlines()[0][:200] if str(error) else type(error).__name__
