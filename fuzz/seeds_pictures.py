"""Seeds of pictures, and of what the decoding process answers."""

import io
import struct

from PIL import Image, ImageCms, PngImagePlugin

from seed_files import le, seed


def picture_file(kind, mode="RGB", size=(9, 7), **options):
    out = io.BytesIO()
    Image.new(mode, size, 77 if mode == "L" else None or 0).save(out, kind, **options)
    return out.getvalue()


def add_pictures():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x112] = 6
    files = {
        "jpeg": picture_file("JPEG"),
        "jpeg-grey": picture_file("JPEG", "L"),
        "jpeg-cmyk": picture_file("JPEG", "CMYK"),
        "jpeg-progressive": picture_file("JPEG", progressive=True),
        "jpeg-exif": picture_file("JPEG", exif=exif),
        "jpeg-icc": picture_file("JPEG", icc_profile=profile),
    }
    for name, data in files.items():
        seed("jpeg_header", name, data)
    cut = files["jpeg"]
    seed("jpeg_header", "jpeg-cut", cut[: len(cut) // 2])
    seed("jpeg_header", "jpeg-huge", cut.replace(b"\x00\x07\x00\x09", b"\xff\xff\xff\xff", 1))

    seed("icc", "srgb", profile)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    seed("icc", "lab", lab)
    seed("icc", "grey", profile[:16] + b"GRAY" + profile[20:])
    parametric = b"para" + le("I", 0) + b"\0\3\0\0" + struct.pack(
        ">5i", *(round(x * 65536) for x in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    colours = {b"rXYZ": (0.4361, 0.2225, 0.0139), b"gXYZ": (0.3851, 0.7169, 0.0971), b"bXYZ": (0.1431, 0.0606, 0.7141)}
    body, table = b"", struct.pack(">I", 6)
    for tag, xyz in colours.items():
        table += tag + struct.pack(">II", 132 + 72 + len(body), 20)
        body += b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(x * 65536) for x in xyz))
    for tag in (b"rTRC", b"gTRC", b"bTRC"):
        table += tag + struct.pack(">II", 132 + 72 + len(body), len(parametric))
    header = bytearray(128)
    header[16:20], header[36:40] = b"RGB ", b"acsp"
    seed("icc", "srgb-parametric", bytes(header) + table + body + parametric)

    for kind, name, options in (("BMP", "bmp", {}), ("PPM", "ppm", {}), ("TGA", "tga", {}), ("TGA", "tga-runs", {"compression": "tga_rle"})):
        seed("raster_readers", name, picture_file(kind, **options))
    seed("raster_readers", "bmp-palette", picture_file("BMP", "P"))
    seed("raster_readers", "tga-alpha", picture_file("TGA", "RGBA"))
    seed("raster_readers", "tga-grey", picture_file("TGA", "L"))
    seed("raster_readers", "pgm", picture_file("PPM", "L"))
    seed("raster_readers", "bmp-core", b"BM" + le("IIIIHHHH", 42, 0, 26, 12, 2, 2, 1, 24) + bytes(16))
    seed("raster_readers", "bmp-down", b"BM" + le("IIIIiiHHI", 70, 0, 54, 40, 2, -2, 1, 32, 0) + bytes(20) + bytes(16))
    seed("raster_readers", "pbm-text", "P1\n# a comment\n3 2\n101\n010\n")
    seed("raster_readers", "pgm-text", "P2 3 2 255 1 2 3 4 5 6\n")
    seed("raster_readers", "ppm-16", b"P6 2 1 65535\n" + bytes(12))
    seed("raster_readers", "pfm", b"PF\n1 1\n-1.0\n" + bytes(12))
    seed("raster_readers", "pgm-huge", "P5 2147483647 2147483647 255\n")
    seed("raster_readers", "pam", "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcdefgh")
    seed("raster_readers", "bmp-rle8", b"BM" + le("IIIIiiHHIIiiII", 90, 0, 62, 40, 4, 2, 1, 8, 1, 0, 0, 0, 2, 0) + bytes(8) + b"\4\1\0\0\0\4\0\1\1\0\0\1")
    seed("raster_readers", "bmp-rle4", b"BM" + le("IIIIiiHHIIiiII", 90, 0, 62, 40, 4, 2, 1, 4, 2, 0, 0, 0, 2, 0) + bytes(8) + b"\4\x10\0\0\0\2\1\0\2\1\0\1")
    seed("raster_readers", "bmp-masks", b"BM" + le("IIIIiiHHIIiiII", 90, 0, 66, 40, 2, 1, 1, 16, 3, 0, 0, 0, 0, 0) + le("III", 0xF800, 0x7E0, 0x1F) + bytes(4))
    seed("raster_readers", "bmp-5", b"BM" + le("IIIIiiHHIIiiIIIIII", 200, 0, 138, 124, 1, 1, 1, 32, 3, 0, 0, 0, 0, 0, 255 << 16, 255 << 8, 255, 255 << 24) + bytes(72))
    seed("raster_readers", "qoi", b"qoif" + struct.pack(">II", 7, 1) + b"\4\0\xfe\x0a\x14\x1e\x7b\xa8\x9a\xc1\xff\1\2\3\4\1" + bytes(7) + b"\1")
    bitmap = le("IiiHHIIiiII", 40, 2, 4, 1, 32, 0, 0, 0, 0, 0, 0) + bytes(16) + bytes(8)
    seed("raster_readers", "ico", le("HHH", 0, 1, 1) + b"\2\2\0\0" + le("HHII", 1, 32, len(bitmap), 22) + bitmap)
    seed("raster_readers", "icon-bitmap", bitmap)
    psd = b"8BPS" + struct.pack(">H6xHIIHHIII", 1, 3, 2, 2, 8, 3, 0, 0, 0)
    seed("raster_readers", "psd", psd + b"\0\0" + bytes(12))
    seed("raster_readers", "psd-runs", psd + b"\0\1" + struct.pack(">6H", *[2] * 6) + b"\xff\7" * 6)
    seed("raster_readers", "psb", b"8BPS" + struct.pack(">H6xHIIHHII", 2, 1, 2, 2, 16, 1, 0, 0) + bytes(8) + b"\0\0" + bytes(8))
    seed("plain_headers", "png", picture_file("PNG"))
    seed("picture_facts", "png-exif", picture_file("PNG", exif=exif))
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", "\nexif\n      8\n4d4d002a00000008\n", zip=True)
    seed("picture_facts", "png-text", picture_file("PNG", pnginfo=text))
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type APP1", "\ngeneric\n      14\n457869660000\n4d4d002a00000008\n")
    seed("picture_facts", "png-app1", picture_file("PNG", pnginfo=text))
    frames = [Image.new("RGB", (9, 7), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP"):
        seed("picture_facts", kind.lower(), picture_file(kind))
        seed("picture_facts", kind.lower() + "-frames", picture_file(kind, save_all=True, append_images=frames))
    png = picture_file("PNG")
    seed("plain_headers", "png-long-chunk", png[:33] + b"\xff\xff\xff\xff" + png[37:])
    for kind, name in (("GIF", "gif"), ("WEBP", "webp"), ("TIFF", "tiff"), ("PNG", "png"), ("JPEG", "jpeg")):
        seed("sniff_format", name, picture_file(kind)[:64])
    seed("sniff_format", "avif", le("I", 0x1C000000) + b"ftypmif1\0\0\0\0mif1avifmiaf")
    seed("sniff_format", "heic", le("I", 0x18000000) + b"ftypheic\0\0\0\0mif1heic")
    seed("sniff_format", "jxl", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(8))
    seed("sniff_format", "jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(8))
    seed("sniff_format", "bmp", picture_file("BMP")[:64])
    seed("sniff_format", "pnm-comment", "P5 # grey\n3 2 255\n")


def decode_message(kind, form=0, width=0, height=0, orientation=1, failure=0, output=0, text=b""):
    return bytes([form]) + le("IHHQIIQQQQiiiiiiiIIiQ256s", 0x43444C48, 2, kind, 1, 1, 0, 0, 0, output, 0, 0, 0,
                              width, height, width, height, orientation, failure, 0, 0, 0, text)


def add_decode_answers():
    start = b"\x04file" + le("H", 1000)
    seed("decode_answer", "pixels", start + decode_message(6, width=20, height=30))
    seed("decode_answer", "pixels-over-limit", start + decode_message(6, width=2000, height=30))
    seed("decode_answer", "pixels-negative", start + decode_message(6, width=-1, height=30))
    seed("decode_answer", "room", start + decode_message(4, output=3000) + decode_message(6, width=20, height=50))
    seed("decode_answer", "room-twice", start + 2 * decode_message(4, output=3000))
    seed("decode_answer", "room-refused", start + decode_message(4, output=1 << 40) + decode_message(7, failure=3))
    for failure in range(6):
        seed("decode_answer", f"failed-{failure}", start + decode_message(7, failure=failure, text=b"broken\n\x1b[1m"))
    seed("decode_answer", "no-end-of-text", start + decode_message(7, failure=1, text=256 * b"x"))
    seed("decode_answer", "other-version", start + decode_message(6, form=1)[:5] + bytes(356))
    seed("decode_answer", "other-picture", start + decode_message(6, form=2, width=20, height=30))
    seed("decode_answer", "cut", start + decode_message(6, form=4))
    seed("decode_answer", "silence", start)
