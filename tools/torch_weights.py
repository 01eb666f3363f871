"""Reads the tensors of a torch checkpoint in the format before torch 1.6, with Python alone.

Such a file is five pickles (magic number, protocol, system info, the state dict, the list of
storage keys), then for each key an int64 count and the raw little-endian values. The unpickler
knows only the names that a state dict needs, so a file can't run anything.
"""

import array
import collections
import itertools
import json
import math
import pickle
import sys

# What a damaged pickle can raise.
PICKLE_ERRORS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)
MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
# Of a storage: the type's name in a safetensors file, and the array module's code for it.
DTYPES = {"FloatStorage": ("F32", "f"), "LongStorage": ("I64", "q")}

# dtype is "F32" or "I64"; data is little-endian, row-major.
Tensor = collections.namedtuple("Tensor", "dtype shape data")


class WeightsError(Exception):
    """The file is not what was expected; the text says why, in one line."""


class _View:
    """A tensor before its storage has been read."""

    def __init__(self, key, offset, shape, stride):
        self.key, self.offset, self.shape, self.stride = key, offset, shape, stride


def _rebuild_tensor(storage, offset, shape, stride, *_unused):
    return _View(storage, offset, shape, stride)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file)
        self.storages = {}  # key -> (dtype, count)

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise WeightsError(f"refused: the pickle asks for {module}.{name}")

    def persistent_load(self, saved_id):
        kind, dtype, key, _location, count, view = saved_id
        if kind != "storage" or view is not None:
            raise WeightsError(f"unknown persistent id {saved_id!r}")
        self.storages[key] = (dtype, count)
        return key


def read_torch_weights(path):
    """Name -> Tensor, for every tensor in the state dict."""
    with open(path, "rb") as file:
        try:
            head = [_Unpickler(file).load() for _ in range(3)]
            if head[0] != MAGIC or head[1] != PROTOCOL or head[2].get("little_endian") is not True:
                raise WeightsError(f"{path}: not a little-endian torch file of the old format")
            unpickler = _Unpickler(file)
            views = unpickler.load()
            keys = _Unpickler(file).load()
            unread = [(key, *unpickler.storages[key]) for key in keys]
        except PICKLE_ERRORS as error:
            raise WeightsError(f"{path}: not a torch file of the old format: {error}") from error
        values = {key: _read_storage(file, path, dtype, count) for key, dtype, count in unread}
    try:
        return {name: _tensor(values, view) for name, view in views.items()}
    except PICKLE_ERRORS as error:
        raise WeightsError(f"{path}: a tensor is damaged: {error}") from error


def _read_storage(file, path, dtype, expected):
    name, code = dtype
    values = array.array(code)
    count = int.from_bytes(file.read(8), "little")
    raw = file.read(expected * values.itemsize)
    if count != expected or len(raw) != expected * values.itemsize:
        raise WeightsError(f"{path}: cut short or damaged in its values")
    values.frombytes(raw)
    if sys.byteorder == "big":
        values.byteswap()
    return name, values


def _tensor(values, view):
    name, storage = values[view.key]
    shape = tuple(view.shape)
    end = view.offset + 1 + sum((n - 1) * step for n, step in zip(shape, view.stride))
    if min(shape, default=1) < 1 or min(view.stride, default=1) < 1 or view.offset < 0 or end > len(storage):
        raise WeightsError("a tensor reaches past the end of its storage")
    rows = _row_major(storage, view.offset, shape, view.stride)
    if sys.byteorder == "big":
        rows.byteswap()
    return Tensor(name, shape, rows.tobytes())


def _row_major(storage, offset, shape, strides):
    """A tensor's values row by row, however they are stored; copied along its longest axis."""
    steps = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    rows = array.array(storage.typecode, bytes(math.prod(shape) * storage.itemsize))
    if not shape:
        rows[0] = storage[offset]
        return rows
    longest = max(range(len(shape)), key=lambda axis: shape[axis])
    others = [axis for axis in range(len(shape)) if axis != longest]
    count, step, stride = shape[longest], steps[longest], strides[longest]
    for index in itertools.product(*(range(shape[axis]) for axis in others)):
        to = sum(i * steps[axis] for i, axis in zip(index, others))
        start = offset + sum(i * strides[axis] for i, axis in zip(index, others))
        rows[to : to + (count - 1) * step + 1 : step] = storage[start : start + (count - 1) * stride + 1 : stride]
    return rows


def to_safetensors(weights):
    """The float tensors as bytes of a safetensors file, as src/model/tensor_file.h reads them."""
    header, values, offset = {}, [], 0
    for name in sorted(weights):
        tensor = weights[name]
        if tensor.dtype != "F32":
            continue
        span = [offset, offset + len(tensor.data)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": span}
        values.append(tensor.data)
        offset += len(tensor.data)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(values)
