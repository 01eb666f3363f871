"""Networks of others: imported, indexed with, and searched by words."""

import pathlib
import struct

import hashlens
import numpy as np
import onnx
import openvino
import pytest
from onnx import TensorProto, helper, numpy_helper
from openvino_tokenizers import tokenizer_pipeline as pipeline

SIDE = 16
DIM = 8
COLOURS = {"red": (1, -1, -1), "green": (-1, 1, -1), "blue": (-1, -1, 1)}
WORDS = ["<unknown>", "<pad>", *COLOURS]
PROJECTION = np.random.default_rng(11).normal(0, 1, (3, DIM)).astype(np.float32)


def constant(name: str, values: object, dtype: type = np.float32):
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def save_network(path: pathlib.Path, nodes, inputs, output: str, constants) -> pathlib.Path:
    values = [helper.make_tensor_value_info(*one) for one in inputs]
    out = helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, DIM])
    graph = helper.make_graph(nodes, "test", values, [out], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.fixture(scope="module")
def colour_network(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The mean colour, projected."""
    return save_network(
        tmp_path_factory.mktemp("image") / "image.onnx",
        [
            helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
            helper.make_node("MatMul", ["mean", "projection"], ["embeds"]),
        ],
        [("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        "embeds",
        [constant("projection", PROJECTION)],
    )


def save_text_network(path: pathlib.Path) -> pathlib.Path:
    """A word of a colour means what a picture of that colour does."""
    table = np.full((len(WORDS), DIM), 0.01, np.float32)
    for number, word in enumerate(WORDS):
        if word in COLOURS:
            table[number] = np.asarray(COLOURS[word], np.float32) @ PROJECTION
    return save_network(
        path,
        [
            helper.make_node("Gather", ["table", "input_ids"], ["words"], axis=0),
            helper.make_node("ReduceMean", ["words"], ["text_embeds"], axes=[1], keepdims=0),
        ],
        [("input_ids", TensorProto.INT64, ["n", "length"])],
        "text_embeds",
        [constant("table", table)],
    )


def save_tokenizer(path: pathlib.Path) -> pathlib.Path:
    made = pipeline.TokenizerPipeline()
    made.add_steps(
        [
            pipeline.SpecialTokensSplit.from_string_iter(["<pad>"]),
            pipeline.CaseFoldStep(),
            pipeline.RegexSplitStep.whitespace_splitter(),
            pipeline.VocabEncoderStep([*WORDS], default_value=0),
            pipeline.PaddingStep(token="<pad>", _token_id=1),
        ]
    )
    openvino.save_model(made.get_tokenizer_ov_subgraph(), path)
    return path


def of_colour(name: str, seed: int) -> np.ndarray:
    """Noise around a colour."""
    noise = np.random.default_rng(seed).normal(0, 20, (SIDE, SIDE, 3))
    return ((np.asarray(COLOURS[name]) + 1) * 127.5 + noise).clip(0, 255).astype(np.uint8)


def test_pictures_and_words(colour_network, tmp_path):
    made = hashlens.import_onnx(
        colour_network,
        tmp_path / "colours",
        mean=0.5,
        std=0.5,
        crop=1,
        bits=[32],
        text_onnx=save_text_network(tmp_path / "text.onnx"),
        tokenizer=save_tokenizer(tmp_path / "tokenizer.xml"),
    )
    assert (made.output, made.model.dim, made.model.text, [head.bits for head in made.model.heads]) == ("embeds", DIM, True, [32])
    with hashlens.open(tmp_path / "library", model=tmp_path / "colours", precision="fp32") as library:
        library.add((f"{name}/{seed}", of_colour(name, seed)) for name in COLOURS for seed in range(4))
        hits = library.search(hashlens.Text("green"), k=4)
        assert {hit.path.parent.name for hit in hits} == {"green"}
        red, blue = library.search([hashlens.Text("Red"), of_colour("blue", 9)], k=4)
        assert {hit.path.parent.name for hit in red} == {"red"} and {hit.path.parent.name for hit in blue} == {"blue"}
        with pytest.raises(ValueError):
            library.search(hashlens.Text(""))


@pytest.mark.parametrize(
    "wrong, said",
    [({"pool": "median"}, "pool median: there are none, mean"), ({"layout": "x"}, "layout x"), ({"bits": [4]}, "bits"), ({"output": "none"}, "none")],
)
def test_options_that_do_not_fit(colour_network, tmp_path, wrong, said):
    with pytest.raises(ValueError, match=said):
        hashlens.import_onnx(colour_network, tmp_path / "model", **({"mean": 0, "std": 1} | wrong))
    assert not list(tmp_path.iterdir())


def test_files_that_are_no_networks(tmp_path):
    (tmp_path / "no.onnx").write_bytes(b"no network")
    with pytest.raises(hashlens.CorruptionError):
        hashlens.import_onnx(tmp_path / "no.onnx", tmp_path / "model", mean=0, std=1)
    with pytest.raises(FileNotFoundError):
        hashlens.import_onnx(tmp_path / "none.onnx", tmp_path / "model", mean=0, std=1)


PROTOTXT = """
input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 6 } }
layer { name: "hash" type: "InnerProduct" bottom: "fc" top: "hash" inner_product_param { num_output: 8 } }
layer { name: "loss" type: "%s" bottom: "hash" top: "loss" }
"""


def field(number: int, data: bytes) -> bytes:
    """Of a protobuf message."""
    size = b""
    rest = len(data)
    while rest > 127:
        size, rest = size + bytes([rest % 128 | 128]), rest // 128
    tag = number << 3 | 2
    head = bytes([tag]) if tag < 128 else bytes([tag % 128 | 128, tag // 128])
    return head + size + bytes([rest]) + data


def weights(name: str, rows: int, columns: int) -> bytes:
    values = np.random.default_rng(len(name)).normal(0, 0.1, rows * columns)
    blobs = b"".join(
        field(7, field(7, field(1, bytes(dims))) + field(5, struct.pack(f"<{len(data)}f", *data)))
        for dims, data in (([rows, columns] if columns < 128 else [rows, columns % 128 | 128, columns // 128], values), ([rows], values[:rows]))
    )
    return field(100, field(1, name.encode()) + field(2, b"InnerProduct") + blobs)


def test_a_network_of_caffe(tmp_path):
    (tmp_path / "deploy.prototxt").write_text(PROTOTXT % "Sigmoid")
    (tmp_path / "net.caffemodel").write_bytes(weights("fc", 6, 192) + weights("hash", 8, 6))
    made = hashlens.import_caffe(
        tmp_path / "deploy.prototxt", tmp_path / "net.caffemodel", tmp_path / "model", mean=(104, 117, 123), hash="hash"
    )
    assert (made.feature, made.layers) == ("fc", 1)
    assert [head.bits for head in made.model.heads] == [8]
    with hashlens.open(tmp_path / "library", model=tmp_path / "model") as library:
        library.add((f"{seed}", of_colour("red", seed)) for seed in range(3))
        assert library.codes().shape == (3, 1)
    (tmp_path / "deploy.prototxt").write_text(PROTOTXT % "Mystery")
    with pytest.raises(hashlens.UnsupportedError, match="Mystery"):
        hashlens.import_caffe(tmp_path / "deploy.prototxt", tmp_path / "net.caffemodel", tmp_path / "other", feature="loss")
