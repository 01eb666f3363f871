#!/usr/bin/env python3
"""Writes the seeds of fuzz/corpus: small files, valid or nearly so, that fuzzing starts from.

usage: fuzz/make_seeds.py [FOLDER]

FOLDER is fuzz/corpus unless given. What else is there, as files that once crashed a target, stays.
Needs Pillow (tools/setup.sh --tests): run it with .deps/venv/bin/python.
"""

import argparse
import io
import json
import pathlib
import struct

from PIL import Image, ImageCms, PngImagePlugin

SEEDS = {}


def seed(target, name, data):
    """A file corpus/target/name."""
    SEEDS[target, name] = data.encode() if isinstance(data, str) else bytes(data)


def le(form, *values):
    return struct.pack("<" + form, *values)


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


# --- Pictures.


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


# --- Databases and label files.


def datum(channels=0, height=0, width=0, data=None, label=None, floats=None, encoded=False, packed=False):
    out = b""
    for field, value in ((1, channels), (2, height), (3, width)):
        out += varint(field << 3) + varint(value) if value else b""
    if data is not None:
        out += varint(4 << 3 | 2) + varint(len(data)) + data
    if label is not None:
        out += varint(5 << 3) + varint(label % (1 << 64))
    if floats and packed:
        out += varint(6 << 3 | 2) + varint(4 * len(floats)) + le(f"{len(floats)}f", *floats)
    elif floats:
        out += b"".join(varint(6 << 3 | 5) + le("f", value) for value in floats)
    return out + (varint(7 << 3) + b"\x01" if encoded else b"")


def add_datums():
    seed("datum", "grey", datum(1, 2, 3, bytes(range(6)), 4))
    seed("datum", "colour", datum(3, 2, 2, bytes(range(12)), 4))
    seed("datum", "encoded", datum(data=b"\xff\xd8\xff\xd9", label=-1, encoded=True))
    seed("datum", "feature", datum(3, 1, 1, floats=[1, -2, 0.5]))
    seed("datum", "packed-feature", datum(floats=[1, -2, 0.5], packed=True))
    seed("datum", "float-picture", datum(1, 2, 2, floats=[0, 0.25, 0.5, 1]))
    seed("datum", "wrong-count", datum(3, 2, 2, bytes(5)))
    seed("datum", "huge", datum(3, 2**31 - 1, 2**31 - 1, bytes(5)))
    seed("datum", "unknown-field", varint(99 << 3 | 1) + bytes(8) + datum(1, 1, 1, b"x"))


PAGE = 512


def lmdb_node(key, value=None, child=None, flags=0, size=None):
    """An entry of a leaf, or with `child` of a branch."""
    if child is not None:
        return le("HHHH", child & 0xFFFF, child >> 16 & 0xFFFF, child >> 32, len(key)) + key
    count = len(value) if size is None else size
    return le("HHHH", count & 0xFFFF, count >> 16, flags, len(key)) + key + value


def lmdb_page(number, flags, nodes):
    body, offsets, upper = b"", [], PAGE
    for node in nodes:
        node += b"\0" * (len(node) % 2)
        upper -= len(node)
        offsets.append(upper)
        body = node + body
    lower = 16 + 2 * len(offsets)
    head = le("QHHHH", number, 0, flags, lower, upper) + le(f"{len(offsets)}H", *offsets)
    return head + bytes(upper - lower) + body


def lmdb_file(root, entries, pages, transaction=2):
    meta = b""
    for number in (0, 1):
        body = le("IIQQ", 0xBEEFC0DE, 1, 0, 1 << 20)
        body += le("IHHQQQQQ", PAGE, 0, 0, 0, 0, 0, 0, 2**64 - 1)  # free pages
        body += le("IHHQQQQQ", 0, 0, 1, 0, 1, 0, entries, root)
        body += le("QQ", 9, transaction - number)
        meta += (le("QHHI", number, 0, 8, 0) + body).ljust(PAGE, b"\0")
    return meta + b"".join(pages)


def add_lmdb():
    leaf = lmdb_page(2, 2, [lmdb_node(f"{i:08}".encode(), datum(1, 1, 1, b"x", i)) for i in range(5)])
    seed("lmdb", "leaf", lmdb_file(2, 5, [leaf]))
    seed("lmdb", "empty", lmdb_file(2**64 - 1, 0, []))
    left = lmdb_page(2, 2, [lmdb_node(b"a", b"1"), lmdb_node(b"b", b"2")])
    right = lmdb_page(3, 2, [lmdb_node(b"c", b"3"), lmdb_node(b"d", le("Q", 5), flags=1, size=600)])
    branch = lmdb_page(4, 1, [lmdb_node(b"", child=2), lmdb_node(b"c", child=3)])
    overflow = le("QHHI", 5, 0, 4, 2) + 600 * b"v" + bytes(2 * PAGE - 616)
    seed("lmdb", "tree", lmdb_file(4, 4, [left, right, branch, overflow]))
    circle = lmdb_page(2, 1, [lmdb_node(b"", child=2)])
    seed("lmdb", "circle", lmdb_file(2, 4, [circle]))
    twice = lmdb_page(4, 1, [lmdb_node(b"", child=2), lmdb_node(b"c", child=2)])
    seed("lmdb", "twice", lmdb_file(4, 4, [left, right, twice]))
    named = lmdb_page(2, 2, [lmdb_node(b"named", bytes(48), flags=2)])
    seed("lmdb", "named", lmdb_file(2, 1, [named]))


def level_part(kind, data):
    return kind + le("H", len(data)) + data


def level_key(key, sequence=1, deleted=False):
    return key + le("Q", sequence << 8 | (0 if deleted else 1))


def level_block(entries):
    out, before = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return out + le("II", 0, 1)


def level_batch(sequence, changes):
    out = le("QI", sequence, len(changes))
    for key, value in changes:
        out += (b"\1" if value is not None else b"\0") + varint(len(key)) + key
        out += b"" if value is None else varint(len(value)) + value
    return out


def level_new_file(number, smallest, largest, level=0):
    out = varint(7) + varint(level) + varint(number) + varint(100)
    for key in (level_key(smallest), level_key(largest)):
        out += varint(len(key)) + key
    return out


def add_leveldb():
    name = b"leveldb.BytewiseComparator"
    start = varint(1) + varint(len(name)) + name + varint(2) + b"\3" + varint(3) + b"\x09" + varint(4) + b"\x64"
    log = level_part(b"L", level_batch(10, [(b"a", b"new"), (b"b", None), (b"x", b"1")]))
    block = level_block([(level_key(b"a", 2), b"old"), (level_key(b"b", 3), b"value"), (level_key(b"bc", 4), b"")])
    other = level_block([(level_key(b"a", 7), b"older"), (level_key(b"z", 8, True), b"")])
    seed("leveldb", "log", level_part(b"M", start) + log)
    seed("leveldb", "table", level_part(b"M", start + level_new_file(5, b"a", b"bc")) + level_part(b"B", block))
    both = start + level_new_file(5, b"a", b"bc") + level_new_file(6, b"a", b"z", 1)
    tables = level_part(b"B", block) + level_part(b"T", b"") + level_part(b"B", other)
    seed("leveldb", "two-tables-and-log", level_part(b"M", both) + tables + log)
    index = level_block([(level_key(b"bc", 4), varint(0) + varint(len(block)))])
    with_index = level_part(b"M", start + level_new_file(5, b"a", b"bc", 1)) + level_part(b"B", block)
    seed("leveldb", "index", with_index + level_part(b"I", index))
    snappy = varint(len(block)) + bytes([(len(block) - 1) << 2]) + block if len(block) <= 60 else b""
    longer = varint(len(block)) + b"\xf0" + bytes([len(block) - 1]) + block
    seed("leveldb", "snappy", level_part(b"M", start + level_new_file(5, b"a", b"bc")) + level_part(b"S", snappy or longer))
    seed("leveldb", "snappy-huge", level_part(b"M", start + level_new_file(5, b"a", b"bc")) + level_part(b"S", varint(1 << 29) + b"\0"))
    seed("leveldb", "deleted-file", level_part(b"M", start + level_new_file(5, b"a", b"b") + varint(6) + b"\0\5"))
    seed("leveldb", "rocksdb", level_part(b"M", start + varint(200) + b"\0"))
    seed("leveldb", "raw", level_part(b"m", bytes(40)) + level_part(b"l", bytes(40)) + level_part(b"t", bytes(60)))


def hdf5_dataset(kind, sides, form=0, data=b""):
    out = bytes([0, kind, len(sides), form])
    for side in sides:
        out += (le("I", side) if form & 4 else bytes([side])) + bytes([max(1, min(side, 255) // 2)])
    return out + data


def add_hdf5():
    label = hdf5_dataset(2, [2], data=le("qq", 3, -4))
    seed("hdf5", "pictures", b"\0" + hdf5_dataset(0, [2, 3, 2, 2], data=bytes(range(24))) + label)
    seed("hdf5", "channels-last", b"\1" + hdf5_dataset(0, [2, 2, 2, 3], data=bytes(range(24))) + label)
    seed("hdf5", "features", b"\0" + hdf5_dataset(1, [2, 3], data=le("6f", 1, 2, 3, 4, 5, 6)) + label)
    seed("hdf5", "chunks", b"\0" + hdf5_dataset(0, [2, 3, 4], 3, bytes(range(24))) + hdf5_dataset(3, [2, 1], data=le("QQ", 1, 2**64 - 1)))
    seed("hdf5", "large", b"\0" + hdf5_dataset(0, [70000, 3, 70000, 70000], 4) + label)
    seed("hdf5", "float-labels", b"\0" + hdf5_dataset(4, [2, 2], data=le("4d", 0, 1, 2, 3)) + hdf5_dataset(1, [2], data=le("ff", 1, 0.5)))
    seed("hdf5", "links", b"\2\1\2\3")
    seed("hdf5", "group", b"\6\4\5" + hdf5_dataset(0, [4, 1, 2], data=bytes(8)))
    seed("hdf5", "scalar", b"\0" + hdf5_dataset(1, []) + hdf5_dataset(8, [1]))
    seed("hdf5", "chosen", b"\x08\4\4" + hdf5_dataset(0, [4, 2, 2], data=bytes(16)) + b"\6/other" + b"\1" + b"0")


def add_label_files():
    texts = {
        "csv": 'path,label\r\na.jpg,cat\r\n"c,d.jpg","dog; cat"\r\n"x""y",z\r\n',
        "csv-open-quote": 'a.jpg,x\nb.jpg,"y\n',
        "csv-quote-inside": 'a"b.jpg,x\n',
        "csv-mark": "\ufeffa.jpg,x;y;\n\n\nb.jpg,\n",
        "csv-lines": '"a\nb",c\r\n\r\nd',
        "json": '{"path": "a.jpg", "label": "cat"}\n\n{"id": 7, "labels": ["dog", 3], "path": "c"}\r\n',
        "json-numbers": '{"path": "a", "label": -7}\n{"path": "b", "labels": [18446744073709551615]}',
        "json-deep": 400 * "[" + "1",
        "json-both": '{"path": "a", "label": 1, "labels": []}\n',
        "list": "a.jpg 1\nwith blanks.jpg\t-2\r\n\nno label\n",
        "list-nul": "a\0b 1\n",
    }
    for name, text in texts.items():
        seed("label_rows", name, text)
        if name.startswith("csv"):
            seed("csv", name, text)


# --- Networks, heads, segments.


def field(number, value):
    """A field of protobuf: bytes, or a number."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def blob(shape, values, old=False, doubles=False):
    if old:
        out = b"".join(field(i + 1, side) for i, side in enumerate(shape))
    else:
        out = field(7, field(1, b"".join(varint(side) for side in shape)))
    return out + (field(8, le(f"{len(values)}d", *values)) if doubles else field(5, le(f"{len(values)}f", *values)))


def caffemodel(layers):
    return field(1, b"net") + b"".join(
        field(100, field(1, name) + field(2, kind) + b"".join(field(7, part) for part in blobs))
        for name, kind, blobs in layers)


PROTOTXT = """name: "n"
input: "data"
input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layer { name: "c" type: "Convolution" bottom: "data" top: "c"
  convolution_param { num_output: 2 kernel_size: 3 pad: 1 } }
layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "fc" type: "InnerProduct" bottom: "p" top: "fc" inner_product_param { num_output: 3 } }
layer { name: "code" type: "InnerProduct" bottom: "fc" top: "code" inner_product_param { num_output: 8 } }
layer { name: "s" type: "Sigmoid" bottom: "code" top: "s" }
"""
OLD_PROTOTXT = """input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { name: "p" type: POOLING bottom: "data" top: "p" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layers { name: "n" type: LRN bottom: "p" top: "n" lrn_param { local_size: 3 } }
layers { name: "d" type: DROPOUT bottom: "n" top: "n" }
layers { name: "x" type: SOFTMAX bottom: "n" top: "x" }
"""
SHAPES_PROTOTXT = """layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }
layer { name: "s" type: "Split" bottom: "data" top: "a" top: "b" }
layer { name: "k" type: "Concat" bottom: "a" bottom: "b" top: "k" concat_param { axis: 1 } }
layer { name: "f" type: "Flatten" bottom: "k" top: "f" }
layer { name: "h" type: "Reshape" bottom: "f" top: "h" reshape_param { shape { dim: 0 dim: 2 dim: -1 } } }
layer { name: "t" type: "TanH" bottom: "h" top: "t" }
layer { name: "e" type: "Eltwise" bottom: "t" bottom: "h" top: "e" eltwise_param { operation: SUM coeff: 1 coeff: -1 } }
"""
NORM_PROTOTXT = """layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }
layer { name: "bn" type: "BatchNorm" bottom: "data" top: "bn" }
layer { name: "sc" type: "Scale" bottom: "bn" top: "sc" scale_param { bias_term: true } }
layer { name: "pr" type: "PReLU" bottom: "sc" top: "pr" }
"""


def add_caffe():
    weights = caffemodel([
        (b"c", b"Convolution", [blob([2, 3, 3, 3], [0.1] * 54), blob([2], [0, 1])]),
        (b"fc", b"InnerProduct", [blob([3, 32], [0.1] * 96), blob([3], [0, 1, 2])]),
        (b"code", b"InnerProduct", [blob([8, 3], [0.5] * 24), blob([8], [0] * 8)]),
    ])
    norms = caffemodel([
        (b"bn", b"BatchNorm", [blob([3], [1] * 3), blob([3], [1] * 3), blob([1], [1])]),
        (b"sc", b"Scale", [blob([3], [1] * 3), blob([3], [1] * 3)]),
        (b"pr", b"PReLU", [blob([3], [0.25] * 3)]),
    ])
    seed("caffe_network", "small", PROTOTXT.encode() + b"\0" + weights)
    seed("caffe_network", "old", OLD_PROTOTXT.encode() + b"\0")
    seed("caffe_network", "shapes", SHAPES_PROTOTXT.encode() + b"\0")
    seed("caffe_network", "norms", NORM_PROTOTXT.encode() + b"\0" + norms)
    seed("caffe_network", "unknown-layer", PROTOTXT.replace('"ReLU"', '"Crop"') + "\0")
    seed("caffe_network", "large-input", OLD_PROTOTXT.replace("input_dim: 8", "input_dim: 30000") + "\0")
    seed("caffemodel", "new", norms)
    old = field(2, field(4, b"ip") + field(6, blob([1, 1, 2, 3], [1, 2, 3, 4, 5, 6], old=True)))
    seed("caffemodel", "old", old)
    seed("caffemodel", "mean", blob([1, 3, 2, 2], list(range(12)), old=True))
    seed("caffemodel", "doubles", caffemodel([(b"x", b"Scale", [blob([2], [1, 2], doubles=True)])]))
    seed("caffemodel", "wrong-count", caffemodel([(b"x", b"Scale", [blob([3], [1, 2])])]))
    seed("caffemodel", "huge-shape", caffemodel([(b"x", b"Scale", [blob([1 << 28, 1 << 28], [1])])]))


def npy(kind, shape, data, version=1):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(63 - (10 + len(text)) % 64 + len(text)) + "\n"
    length = le("H", len(text)) if version == 1 else le("I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode() + data


def safetensors(header, data=b""):
    text = header if isinstance(header, str) else json.dumps(header)
    return le("Q", len(text)) + text.encode() + data


def add_arrays():
    seed("npy", "mean", npy("<f4", "(3, 1, 2)", bytes(24)))
    seed("npy", "mean-double", npy("<f8", "(3,)", bytes(24), 2))
    seed("npy", "codes", npy("|u1", "(2, 4)", bytes(8)))
    seed("npy", "no-rows", npy("|u1", "(0, 4)", b""))
    seed("npy", "huge", npy("<f4", "(4294967296, 4294967296)", bytes(8)))
    seed("npy", "cut", npy("<f4", "(3, 1, 2)", bytes(24))[:40])
    one = {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}
    seed("tensor_file", "two", safetensors({"a": one, "b": {**one, "shape": [], "data_offsets": [8, 12]}}, bytes(12)))
    seed("tensor_file", "metadata", safetensors({"__metadata__": {"format": "pt"}, "a": one}, bytes(8)))
    seed("tensor_file", "other-type", safetensors({"a": {**one, "dtype": "F16"}}, bytes(8)))
    seed("tensor_file", "type-is-a-number", safetensors({"a": {**one, "dtype": 5}}, bytes(8)))
    seed("tensor_file", "shape-is-a-number", safetensors({"a": {**one, "shape": 2}}, bytes(8)))
    seed("tensor_file", "overflow", safetensors({"a": {**one, "shape": [1 << 40, 1 << 40]}}, bytes(8)))
    seed("tensor_file", "outside", safetensors({"a": {**one, "data_offsets": [8, 16]}}, bytes(8)))
    seed("tensor_file", "no-json", safetensors("[" * 20))
    seed("tensor_file", "header-too-long", le("Q", 1 << 62) + b"{}")


def add_models():
    digest = "0123456789abcdef" * 4
    model = {
        "format": "hashlens-model", "version": 1, "name": "tiny", "dim": 32, "digest": digest, "network_sha256": digest,
        "input": {"size": 32, "crop_fraction": 0.875, "mean": [127, 127, 127], "scale": [128, 128, 128]},
        "heads": [{"bits": 16, "file": "head-16.hlh", "method": "itq", "sha256": digest}],
    }
    seed("model_json", "model", json.dumps(model))
    newer = {**model, "version": 2, "input": {**model["input"], "fit": "stretch"},
             "text": {"network_sha256": digest, "tokenizer_sha256": digest}}
    seed("model_json", "stretch-and-text", json.dumps(newer))
    seed("model_json", "numbers", json.dumps({**model, "dim": 1 << 63, "version": -1}))
    seed("model_json", "twice", json.dumps(model)[:-1] + ', "dim": 33}')
    seed("model_json", "too-new", json.dumps({**model, "version": 3}))
    seed("model_json", "deep", '{"a":' * 10 + "1" + "}" * 10)
    seed("model_json", "path", json.dumps({**model, "heads": [{**model["heads"][0], "file": "../x"}]}))

    floats = le("2f", 0.5, 0.5) + le("16f", *([0.25] * 16)) + le("8f", *([0] * 8))
    head = b"HLHEAD\r\n" + le("IIIQI", 1, 8, 2, 7, 3) + b"itq" + floats
    seed("hash_head", "head", head)
    seed("hash_head", "head-not-finite", head[:-4] + le("f", float("nan")))
    seed("hash_head", "head-short", head[:-4])
    seed("hash_head", "head-newer", head[:8] + le("I", 2) + head[12:])
    seed("hash_head", "pca", b"HLREDU\r\n" + le("IIII", 1, 1, 2, 1) + le("4f", 0, 0, 1, 0))
    seed("hash_head", "int8", b"HLREDU\r\n" + le("IIII", 1, 2, 3, 3))
    seed("hash_head", "pca-too-large", b"HLREDU\r\n" + le("IIII", 1, 1, 16384, 16383))

    codes = b"HLCODES\0" + le("IIQ", 1, 12, 2) + bytes(40) + le("QQ", 1, 5) + b"\x01\x02\x03\x04"
    seed("segment_files", "codes", codes)
    seed("segment_files", "codes-unused-bits", codes[:-1] + b"\xff")
    seed("segment_files", "codes-wrong-order", codes[:64] + le("QQ", 5, 1) + codes[80:])
    seed("segment_files", "codes-many", codes[:16] + le("Q", 1 << 61) + codes[24:])
    features = b"HLFEATUR" + le("IIIIQ", 1, 1, 3, 0, 2) + bytes(32) + 2 * (le("3e", 1, 2, 3) + bytes(4))
    seed("segment_files", "features", features)
    eight = b"HLFEATUR" + le("IIIIQ", 2, 2, 3, 0, 2) + bytes(32) + 2 * (le("2e", -1, 1) + b"\0\x80\xff" + bytes(4))
    seed("segment_files", "features-int8", eight)
    seed("segment_files", "features-many", features[:24] + le("Q", 1 << 62) + features[32:])

    # 3 rows, 2 codes of 40 bits, 1 group: memory of codes comes in groups of 8 rows.
    start = b"HLARRANG" + le("IIQQQQII", 1, 40, 3, 2, 1, 9, 0, 500) + bytes(8)
    words = le("2Q", 0x11, 0xFF) + bytes(6 * 8) + le("Q", 0x11) + bytes(7 * 8)
    numbers = le("3I", 0, 2, 1) + le("3I", 0, 2, 3) + le("2I", 0, 2) + le("2H", 0, 6)
    seed("arrangement", "small", start + words + numbers)
    seed("arrangement", "unused-bits", start + b"\xff" * len(words) + numbers)
    seed("arrangement", "far", start + words + numbers[:-4] + le("2H", 0, 65535))
    seed("arrangement", "many", start[:16] + le("QQ", 0xFFFFFFFF, 0xFFFFFFFF) + start[32:] + words + numbers)


def add_catalog():
    def text(value):
        return bytes([len(value)]) + value

    image = b"i\x04\x01" + text(b"4.jpg") + b"\1\2\3\4" + text(b"jpeg") + b"\5"
    seed("catalog", "as-it-is", b"")
    seed("catalog", "image-in-no-segment", image)
    segment = b"s\2\1\4\4" + text(b"2.features") + text(b"2.codes")
    meta = b"M" + text(b"m") + text(b"d") + b"\x08\x40" + text(b"h") + text(b"s") + b"\0\x05"
    seed("catalog", "second-segment", image + segment + meta)
    seed("catalog", "overlap", image + b"s\2\1\1\4" + text(b"2.features") + text(b"2.codes") + meta)
    seed("catalog", "head-outside", meta.replace(text(b"h"), text(b"../h")))
    seed("catalog", "segment-outside", image + segment.replace(text(b"2.codes"), text(b"../2.codes")) + meta)
    seed("catalog", "numbers", b"r\xff" + le("q", -1) + text(b"/q") + text(b"") + b"d\xff" + le("q", 2**63 - 1))
    seed("catalog", "tags", b"t\2" + text(b"a") + text(b"b") + b"l\2\1" + b"l\2\x09")
    seed("catalog", "failures", b"f\1" + text(b"x") + b"\1\2" + text(b"why\n") + b"\3" + b"k\1" + text(b"y") + b"\1\2" + text(b"") + b"\3")
    for at in (16, 18, 28, 52, 100, 4096 + 3, 8192 + 5):
        seed("catalog", f"patch-{at}", b"P" + le("I", at) + text(b"\xff\xfe"))


def add_texts():
    for name, text in {
        "plain": "b/c.jpg", "dots": "..", "dot": ".", "absolute": "/a", "twice": "a//b", "up": "a/../b", "percent": "%41", "lone-percent": "%",
        "control": "a\nb\x1b[1m", "c1": "a\u0085", "umlaut": "a\u0308.PNG", "dash": "-rf it's"}.items():
        seed("names", name, text)
    seed("names", "no-utf8", b"\xff\xc0\x80\xed\xa0\x80")
    for name, text in {"age": "36h", "day": "2026-11-01", "minute": "2026-11-01T12:30", "second": "2026-11-01T12:30:59", "no-day": "2026-04-31",
                       "unit": "d", "large": "9999999999999999999w", "minus": "-1d", "nul": "2026-11-01\0x"}.items():
        seed("time_text", name, text)
    costs = {name: 1.5 for name in ("scan_word_ns", "scan_word_batch_ns", "group_word_ns", "group_ns", "probe_ns", "candidate_ns", "far_candidate_ns")}
    seed("library_notes", "costs", json.dumps(costs))
    seed("library_notes", "costs-huge", json.dumps({**costs, "group_ns": 1e300}))
    seed("library_notes", "reading", (b"\2" + le("H", 5) + b"a.jpg").ljust(8192, b"\0"))
    seed("library_notes", "reading-long", (b"\1" + le("H", 65535)).ljust(8192, b"x"))
    for name, text in {
        "options": 'listen = "0.0.0.0:80"\nthreads = 8\nread-only = true\nroots = ["/a", "/b"]\n', "table": "[a]\nb = 1\n", "nested": "a = [[1]]\n",
        "number": "a = 1.5\nb = 0x10\nc = 1979-05-27T07:32:00Z\n", "broken": "a = \n", "table-without-a-key": "[$]\n", "letter-outside": "a = 1 \u00e4\n\u00e4 = 1\n", "letter-at-start": "\u00e4 = 1\n", "twice": "a = 1\na = 2\n", "deep": "a = " + 300 * "[" + "\n",
        "string": 'a = """x\\u00e4\n"""\n'}.items():
        seed("config_file", name, text)


def add_requests():
    query = {"id": 7, "k": 5, "candidates": 100, "radius": 10, "rerank": True, "like": [1, 2], "unlike": [3],
             "region": {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.5}}
    after = {"text": "red car", "after": {"hamming": 3, "id": 9, "codes": "abc"},
             "filter": {"tags": {"trip": ["Rome", "x"], "with": "Ada"}, "under": ["/a"], "added_since": "7d"}}
    texts = {"query": json.dumps(query), "cursor": json.dumps(after), "tags": '{"a": ["b"], "c": "d"}', "unknown": '{"kk": 1}', "no-object": "[1]",
             "numbers": '{"id": -1, "k": 1e3, "radius": 18446744073709551616}', "deep": 9 * "[" + 9 * "]",
             "filter": '{"tags": {"": []}, "under": "a", "added_since": null}', "nul": '{"filter": {"added_since": "2026-11-01\\u0000"}}'}
    for name, text in texts.items():
        seed("query_json", name, text)

    def request(line, headers=(), body=b""):
        return "\r\n".join([line + " HTTP/1.1", "Host: localhost", *headers, "", ""]).encode() + body

    def post(body, *headers):
        return request("POST /v1/search?k=3", (f"Content-Length: {len(body)}", *headers), body)

    parts = b"".join(
        b'--xx\r\nContent-Disposition: form-data; name="' + name + b'"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + data + b"\r\n"
        for name, data in ((b"image", b"\xff\xd8\xff"), (b"query", b'{"k": 2}'))) + b"--xx--\r\n"
    form = "Content-Type: multipart/form-data; boundary=xx"
    requests = {
        "get": request("GET /v1/search?id=4&k=2&tag=a%3Db&under=/x&added_since=7d&rerank=true"),
        "post": post(b'{"id": 1}', "Content-Type: application/json"),
        "parts": post(parts, form),
        "parts-quoted": post(parts, 'Content-Type: multipart/form-data; boundary="xx"'),
        "parts-cut": post(parts[:60], form),
        "parts-no-end": post(parts[:-6], form),
        "chunked": request("POST /", ("Transfer-Encoding: chunked", form)) + b"%x\r\n" % len(parts) + parts + b"\r\n0\r\n\r\n",
        "two": request("GET /?id=1") + post(b"{}"),
        "form": post(b"a=b", "Content-Type: application/x-www-form-urlencoded"),
        "expect": post(b"{}", "Expect: 100-continue"),
        "range": request("GET /", ("Range: bytes=1-2,3-", "Accept-Encoding: gzip;q=0, br")),
        "folded": request("GET /", ("A: b", " c")),
        "no-name": request("GET /", (": b",)),
        "bare-lf": b"GET / HTTP/1.1\nHost: x\n\n",
        "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "long-path": request("GET /" + 2000 * "a"),
        "two-lengths": request("POST /", ("Content-Length: 1", "Content-Length: 2"), b"{}"),
        "percent": request("GET /%zz%4?%=%&&=&a"),
    }
    for name, data in requests.items():
        seed("http_request", name, data)
        if name in ("get", "folded", "no-name", "bare-lf", "range"):
            seed("http_texts", "head-" + name, data)
    for name, text in {
        "range": "bytes=0-9", "range-open": "bytes=5-", "range-last": "bytes=-3", "range-large": "bytes=0-99999999999999999999", "range-two": "bytes=0-1,3-4",
        "address": "127.0.0.1:8080", "address-six": "[::1]:0", "address-port": "a:99999", "host": "pictures.example:80", "host-six": "[2001:db8::1]",
        "origin": "https://pictures.example", "token": "Bearer 0123456789abcdef", "token-case": "bEaReR fedcba9876543210", "name": "../../etc/.passwd",
        "name-long": 100 * "a" + ".jpg"}.items():
        seed("http_texts", name, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent / "corpus")
    folder = parser.parse_args().folder
    for add in (add_pictures, add_decode_answers, add_datums, add_lmdb, add_leveldb, add_hdf5, add_label_files, add_caffe, add_arrays,
                add_models, add_catalog, add_texts, add_requests):
        add()
    for (target, name), data in SEEDS.items():
        file = folder / target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    print(f"{len(SEEDS)} seeds, {sum(map(len, SEEDS.values()))} bytes")


if __name__ == "__main__":
    main()
