"""Seeds of networks, heads, arrays and segments."""

import json

from seed_files import le, seed, varint


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
TRAIN_PROTOTXT = PROTOTXT.replace(
    """input: "data"
input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
""", """layer { name: "d" type: "Data" top: "data" top: "label"
  transform_param { scale: 0.5 crop_size: 8 force_gray: true mean_value: 9 } }
""") + """layer { name: "k" type: "InnerProduct" bottom: "s" top: "k" inner_product_param { num_output: 2 } }
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
    seed("caffe_network", "training", TRAIN_PROTOTXT.encode() + b"\0")
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
    classifier = {"classes": 10, "sha256": digest, "names_sha256": digest}
    seed("model_json", "classifier", json.dumps({**newer, "version": 3, "classifier": classifier}))
    seed("model_json", "numbers", json.dumps({**model, "dim": 1 << 63, "version": -1}))
    seed("model_json", "twice", json.dumps(model)[:-1] + ', "dim": 33}')
    seed("model_json", "too-new", json.dumps({**model, "version": 4}))
    seed("model_json", "deep", '{"a":' * 10 + "1" + "}" * 10)
    seed("model_json", "path", json.dumps({**model, "heads": [{**model["heads"][0], "file": "../x"}]}))

    floats = le("2f", 0.5, 0.5) + le("16f", *([0.25] * 16)) + le("8f", *([0] * 8))
    head = b"HLHEAD\r\n" + le("IIIQI", 1, 8, 2, 7, 3) + b"itq" + floats
    seed("hash_head", "head", head)
    rows = b"HLCLAS\r\n" + le("6If", 1, 1, 1, 0, 3, 2, 2) + le("9f", 1, 0, 0, 1, -1, -1, 0, 0.5, 0)
    seed("hash_head", "classifier", rows)
    seed("hash_head", "classifier-not-finite", rows[:-4] + le("f", float("nan")))
    seed("hash_head", "classifier-too-large", rows[:24] + le("2I", 1 << 16, 16384) + rows[32:])
    names = {"format": "hashlens-classes", "version": 1, "classes": 1, "nodes": [{"name": "cat", "id": "n1", "upper": 1}, {"name": "animal"}]}
    seed("class_names", "names", json.dumps(names))
    seed("class_names", "ring", json.dumps({**names, "nodes": [{"name": "cat", "upper": 1}, {"name": "animal", "upper": 1}]}))
    seed("class_names", "too-many", json.dumps({**names, "classes": 1 << 40}))
    seed("class_names", "too-new", json.dumps({**names, "version": 2}))
    seed("class_names", "lines", "n02123045 tabby, tabby cat\ndog\n\n")
    seed("class_names", "lines-broken", b"cat\n\xff\n\ndog")
    seed("hash_head", "head-not-finite", head[:-4] + le("f", float("nan")))
    seed("hash_head", "head-short", head[:-4])
    seed("hash_head", "head-newer", head[:8] + le("I", 3) + head[12:])
    tanh = b"HLHEAD\r\n" + le("IIIQI", 2, 8, 2, 7, 3) + b"itq" + le("If", 2, 0.25) + floats
    seed("hash_head", "head-tanh", tanh)
    seed("hash_head", "head-threshold", tanh.replace(le("If", 2, 0.25), le("If", 1, -0.25)))
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
