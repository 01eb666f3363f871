"""ONNX networks as models, made here, with onnx's own evaluator as the judge of their features."""

import json
import shutil
import unittest

import numpy
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from PIL import Image

from case import Case

SIDE = 24
MEAN = numpy.array([0.5, 0.4, 0.3], numpy.float32)
STD = numpy.array([0.2, 0.25, 0.3], numpy.float32)


def constant(name, values, dtype=numpy.float32):
    return onnx.numpy_helper.from_array(numpy.asarray(values, dtype), name)


def network(nodes, inputs, outputs, constants):
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        nodes, "test", [value(*each) for each in inputs], [value(*each) for each in outputs], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


class Onnx(Case):
    def setUp(self):
        super().setUp()
        self.random = numpy.random.default_rng(3)
        self.pixels = []
        for number in range(7):
            pixels = self.random.integers(0, 256, (SIDE, SIDE, 3), numpy.uint8)
            self.save(f"{number}.png", image=Image.fromarray(pixels))
            self.pixels.append(pixels)

    def weights(self, *shape):
        return self.random.normal(0, 0.3, shape).astype(numpy.float32)

    def map_network(self, size="side"):
        """Convolution and ReLU: a map of 12 channels, and its mean over all places."""
        nodes = [
            helper.make_node("Conv", ["image", "w", "b"], ["map"], kernel_shape=[3, 3], strides=[2, 2]),
            helper.make_node("Relu", ["map"], ["features"]),
            helper.make_node("ReduceMean", ["features"], ["mean"], axes=[2, 3], keepdims=0),
        ]
        return network(nodes, [("image", ["batch", 3, size, size])], [("features", [None] * 4), ("mean", [None] * 2)],
                       [constant("w", self.weights(12, 3, 3, 3)), constant("b", self.weights(12))])

    def token_network(self):
        """Patches of 8 pixels as tokens, with one more before them."""
        nodes = [
            helper.make_node("Conv", ["image", "w"], ["patches"], kernel_shape=[8, 8], strides=[8, 8]),
            helper.make_node("Reshape", ["patches", "shape"], ["rows"]),
            helper.make_node("Transpose", ["rows"], ["tokens"], perm=[0, 2, 1]),
            helper.make_node("ReduceMax", ["tokens"], ["first"], axes=[1], keepdims=1),
            helper.make_node("Concat", ["first", "tokens"], ["hidden"], axis=1),
        ]
        return network(nodes, [("image", [1, 3, SIDE, SIDE])], [("hidden", [None] * 3)],
                       [constant("w", self.weights(10, 3, 8, 8)), constant("shape", [1, 10, -1], numpy.int64)])

    def saved(self, model, name="net.onnx"):
        onnx.save(model, self.folder / name)
        return self.folder / name

    def judge(self, model, inputs, output):
        """What the reference gives for each picture: [pictures, ...]."""
        evaluator = ReferenceEvaluator(model)
        names = [each.name for each in model.graph.output]
        rows = [evaluator.run(None, {"image": each[None]})[names.index(output)][0] for each in inputs]
        return numpy.array(rows, numpy.float32)

    def inputs(self, channels="rgb", layout="nchw"):
        for pixels in self.pixels:
            values = (pixels.astype(numpy.float32) / 255 - MEAN) / STD
            if channels == "bgr":
                values = values[:, :, ::-1]
            yield numpy.ascontiguousarray(values.transpose(2, 0, 1) if layout == "nchw" else values)

    def importing(self, path, *options, mean=MEAN, std=STD, exit_code=0):
        listed = lambda values: ",".join(str(value) for value in values)
        return self.run_program("model", "import-onnx", path, "-o", self.folder / "package", "--mean", listed(mean),
                                "--std", listed(std), "--crop", 1, *options, exit_code=exit_code)

    def expect_features(self, wanted):
        """Indexed, exported, and the same as the judge's at unit length, as far as fp16 goes."""
        self.index("--model", self.folder / "package", "--precision", "fp32")
        self.run_program("export", self.library, self.folder / "out")
        found = numpy.load(self.folder / "out" / "features.npy").astype(numpy.float32)
        wanted = wanted / numpy.linalg.norm(wanted, axis=1, keepdims=True)
        self.assertEqual(found.shape, wanted.shape)
        numpy.testing.assert_allclose(found, wanted, atol=2e-3)

    def test_the_mean_of_a_map_is_the_feature(self):
        model = self.map_network()
        out, _ = self.importing(self.saved(model), "--input-size", SIDE, "--output", "features", "--json")
        info = json.loads(out)
        self.assertEqual((info["dim"], info["input_size"], info["output"]), (12, SIDE, "features"))
        self.assertEqual([head["bits"] for head in info["heads"]], [32, 64, 128, 256])
        self.expect_features(self.judge(model, self.inputs(), "mean"))

    def test_an_output_may_be_named_and_may_be_inside(self):
        model = self.map_network(size=SIDE)
        self.importing(self.saved(model), "--output", "mean", "--channels", "bgr")
        self.expect_features(self.judge(model, self.inputs("bgr"), "mean"))
        _, err = self.importing(self.saved(model), exit_code=2)
        self.assertIn(b"already exists", err)

    def test_tokens_are_pooled(self):
        model = self.token_network()
        hidden = self.judge(model, self.inputs(), "hidden")
        for pool, wanted in {"mean": hidden.mean(axis=1), "first": hidden[:, 0],
                             "patches": hidden[:, 1:].mean(axis=1)}.items():
            with self.subTest(pool):
                for folder in (self.folder / "package", self.library, self.folder / "out"):
                    shutil.rmtree(folder, ignore_errors=True)
                self.importing(self.saved(model), "--pool", pool)
                self.expect_features(wanted)

    def test_channels_may_come_last(self):
        nodes = [
            helper.make_node("Transpose", ["image"], ["first"], perm=[0, 3, 1, 2]),
            helper.make_node("Conv", ["first", "w"], ["map"], kernel_shape=[5, 5], strides=[3, 3]),
            helper.make_node("GlobalMaxPool", ["map"], ["max"]),
            helper.make_node("Flatten", ["max"], ["feature"]),
        ]
        model = network(nodes, [("image", ["n", SIDE, SIDE, 3])], [("feature", [None] * 2)],
                        [constant("w", self.weights(9, 3, 5, 5))])
        self.importing(self.saved(model))
        self.expect_features(self.judge(model, self.inputs(layout="nhwc"), "feature"))

    def bytes_network(self, kind, first=0, batch=1):
        """A network that takes pixels as whole numbers."""
        nodes = [
            helper.make_node("Cast", ["image"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["numbers", "first"], ["pixels"]),
            helper.make_node("Conv", ["pixels", "w"], ["map"], kernel_shape=[5, 5], strides=[3, 3]),
            helper.make_node("ReduceMean", ["map"], ["feature"], axes=[2, 3], keepdims=0),
        ]
        model = network(nodes, [("image", [batch, 3, SIDE, SIDE])], [("feature", [None] * 2)],
                        [constant("w", self.weights(9, 3, 5, 5) / 255), constant("first", [first])])
        model.graph.input[0].type.tensor_type.elem_type = kind
        onnx.checker.check_model(model)
        return model

    def test_pixels_may_be_whole_numbers(self):
        for kind, mean, dtype in ((TensorProto.UINT8, 0, numpy.uint8), (TensorProto.INT8, 128, numpy.int8),
                                  (TensorProto.INT32, 0, numpy.int32)):
            with self.subTest(dtype):
                for folder in (self.folder / "package", self.library, self.folder / "out"):
                    shutil.rmtree(folder, ignore_errors=True)
                model = self.bytes_network(kind)
                path = self.saved(model)
                _, err = self.importing(path, exit_code=2)
                self.assertIn(numpy.dtype(dtype).name.encode(), err)
                self.assertIn(f"--mean {mean} --std 1 --pixel-range 255".encode(), err)
                self.importing(path, "--pixel-range", 255, mean=[mean], std=[1])
                inputs = [(pixels.astype(numpy.int32) - mean).astype(dtype).transpose(2, 0, 1) for pixels in self.pixels]
                self.expect_features(self.judge(model, inputs, "feature"))

    def test_a_fixed_batch_becomes_one_or_is_refused(self):
        model = self.map_network(size=SIDE)
        wanted = self.judge(model, self.inputs(), "mean")
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4
        self.importing(self.saved(model), "--output", "mean")
        self.expect_features(wanted)
        shutil.rmtree(self.folder / "package")
        for shape in ([4, 12], [4, -1]):
            model.graph.node.append(helper.make_node("Reshape", ["mean", "shape"], ["last"]))
            model.graph.initializer.append(constant("shape", shape, numpy.int64))
            model.graph.output.append(helper.make_tensor_value_info("last", TensorProto.FLOAT, [None] * 2))
            _, err = self.importing(self.saved(model), "--output", "last", exit_code=2)
            self.assertIn(b"takes 4 pictures at once", err)
            for part in (model.graph.node, model.graph.initializer, model.graph.output):
                part.pop()

    def test_the_network_and_its_weights_may_be_links(self):
        model = self.map_network(size=SIDE)
        wanted = self.judge(model, self.inputs(), "mean")
        plain, blobs, cache = (self.folder / name for name in ("plain", "blobs", "cache"))
        for folder in (plain, blobs, cache):
            folder.mkdir()
        onnx.save(model, plain / "net.onnx", save_as_external_data=True, location="net.onnx_data", size_threshold=0)
        for blob, name in (("1a2b", "net.onnx"), ("3c4d", "net.onnx_data")):
            (blobs / blob).write_bytes((plain / name).read_bytes())
            (cache / name).symlink_to(f"../blobs/{blob}")
        alone = self.folder / "alone.onnx"
        alone.symlink_to(plain / "net.onnx")
        for path in (cache / "net.onnx", alone):
            with self.subTest(path.name):
                for folder in (self.folder / "package", self.library, self.folder / "out"):
                    shutil.rmtree(folder, ignore_errors=True)
                self.importing(path, "--output", "mean")
                self.expect_features(wanted)
        (blobs / "3c4d").unlink()
        shutil.rmtree(self.folder / "package")
        _, err = self.importing(cache / "net.onnx", "--output", "mean", exit_code=5)
        self.assertIn(b"net.onnx", err)

    def test_of_two_towers_the_one_for_pictures_is_taken(self):
        model = self.map_network(size=SIDE)
        model.graph.input.append(helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, 12]))
        model.graph.node.append(helper.make_node("Mul", ["words", "mean"], ["both"]))
        model.graph.output.append(helper.make_tensor_value_info("both", TensorProto.FLOAT, [None] * 2))
        _, err = self.importing(self.saved(model), exit_code=2)
        self.assertIn(b"--output", err)
        _, err = self.importing(self.saved(model), "--output", "both", exit_code=2)
        self.assertIn(b"words", err)
        self.importing(self.saved(model), "--output", "mean")

    def test_what_does_not_fit_is_refused_in_one_line(self):
        token = self.saved(self.token_network())
        free = self.saved(self.map_network(), "free.onnx")
        broken = self.folder / "broken.onnx"
        broken.write_bytes(token.read_bytes()[:200])
        empty = self.folder / "empty.onnx"
        empty.write_bytes(b"")
        dead = network([helper.make_node("ReduceMean", ["image"], ["m"], axes=[1, 2, 3], keepdims=0),
                        helper.make_node("Mul", ["m", "zero"], ["z"]),
                        helper.make_node("Add", ["z", "row"], ["feature"])],
                       [("image", [1, 3, SIDE, SIDE])], [("feature", [None] * 2)],
                       [constant("zero", [0.0]), constant("row", [[1.0, 2.0, 3.0]])])
        for options, code, word in [
            ((token,), 2, b"--pool"),
            ((token, "--output", "nowhere"), 2, b"nowhere"),
            ((free, "--output", "mean"), 2, b"--input-size"),
            ((free, "--output", "mean", "--input-size", 1), 5, b"free.onnx"),
            ((free, "--output", "mean", "--input-size", SIDE, "--pool", "first"), 2, b"tokens"),
            ((broken,), 5, b"broken.onnx"),
            ((self.folder / "none.onnx",), 5, b"none.onnx"),
            ((empty,), 5, b"no network"),
            ((self.folder,), 2, b"regular file"),
            ((self.saved(dead, "dead.onnx"),), 2, b"same feature"),
        ]:
            with self.subTest(options=options):
                _, err = self.importing(*options, exit_code=code)
                self.assertIn(word, err)
                self.assertEqual(len(err.strip().splitlines()), 1, err)
                self.assertFalse((self.folder / "package").exists())
        _, err = self.importing(token, "--pool", "mean", std=[0, 1, 1], exit_code=2)
        self.assertIn(b"above 0", err)
        _, err = self.importing(token, "--pool", "mean", mean=[1, 2], exit_code=2)
        self.assertIn(b"three", err)
        self.assertEqual([path.name for path in self.folder.iterdir() if ".network-" in path.name], [])


if __name__ == "__main__":
    unittest.main()
