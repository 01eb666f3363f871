"""Databases as Caffe's users have them, written by other programs than hashlens: lmdb, plyvel and h5py."""

import struct

import h5py
import lmdb
import numpy
import plyvel


def varint(number):
    number &= 2**64 - 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def datum(channels=0, height=0, width=0, data=b"", label=None, floats=(), encoded=False):
    """The bytes of caffe.proto's Datum."""
    out = b""
    for field, number in ((1, channels), (2, height), (3, width)):
        out += varint(field << 3) + varint(number)
    if data:
        out += varint(4 << 3 | 2) + varint(len(data)) + data
    if label is not None:
        out += varint(5 << 3) + varint(label)
    for number in floats:
        out += varint(6 << 3 | 5) + struct.pack("<f", number)
    if encoded:
        out += varint(7 << 3) + varint(1)
    return out


def raw(image, label):
    """Pixels as Caffe's tools store them: plane by plane, blue first."""
    pixels = numpy.asarray(image)
    if pixels.ndim == 2:
        return datum(1, *pixels.shape, pixels.tobytes(), label)
    return datum(3, *pixels.shape[:2], pixels[:, :, ::-1].transpose(2, 0, 1).tobytes(), label)


def write_lmdb(path, records):
    """records: pairs of key and value, bytes."""
    with lmdb.open(str(path), map_size=2**28) as database, database.begin(write=True) as transaction:
        for key, value in records:
            transaction.put(key, value)


def write_leveldb(path, records):
    with plyvel.DB(str(path), create_if_missing=True, write_buffer_size=50_000) as database:
        for key, value in records:
            database.put(key, value)


def write_hdf5(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file.create_dataset(name, data=values, compression="gzip")


def read_lmdb(path):
    with lmdb.open(str(path), readonly=True, lock=False) as database, database.begin() as transaction:
        return [(bytes(key), bytes(value)) for key, value in transaction.cursor()]
