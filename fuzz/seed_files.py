"""What the seeds_*.py share: the files that they make, and how numbers are written."""

import struct

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
