"""Seeds of databases and label files."""

from seed_files import le, seed, varint
from seeds_models import field


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
