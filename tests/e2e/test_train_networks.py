"""hashlens train --backbone: networks of ONNX and Caffe, small, to the end and in two halves, and input that makes no sense."""

import json
import pathlib
import signal
import unittest

import numpy
import onnx
from onnx import helper
from PIL import Image, ImageDraw

from case import Case
from test_onnx import constant, network

SHAPES = ("bar", "disc", "cross")
LENET = """
name: "LeNet"
layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  transform_param { scale: 0.00390625 } data_param { source: "mnist_train_lmdb" batch_size: 64 backend: LMDB } }
layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TEST }
  transform_param { scale: 0.00390625 } data_param { source: "mnist_test_lmdb" batch_size: 100 backend: LMDB } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1" param { lr_mult: 1 } param { lr_mult: 2 }
  convolution_param { num_output: 20 kernel_size: 5 stride: 1 weight_filler { type: "xavier" } bias_filler { type: "constant" } } }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2" param { lr_mult: 1 } param { lr_mult: 2 }
  convolution_param { num_output: 50 kernel_size: 5 stride: 1 weight_filler { type: "xavier" } bias_filler { type: "constant" } } }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "ip1" type: "InnerProduct" bottom: "pool2" top: "ip1" param { lr_mult: 1 } param { lr_mult: 2 }
  inner_product_param { num_output: 500 weight_filler { type: "xavier" } bias_filler { type: "constant" } } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "latent" type: "InnerProduct" bottom: "ip1" top: "latent" inner_product_param { num_output: 48 } }
layer { name: "code" type: "Sigmoid" bottom: "latent" top: "code" }
layer { name: "ip2" type: "InnerProduct" bottom: "code" top: "ip2" inner_product_param { num_output: 10 } }
layer { name: "accuracy" type: "Accuracy" bottom: "ip2" bottom: "label" top: "accuracy" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
"""


def drawn(shape, seed, side=28):
    """Bright on dark, as digits are; only the shape tells the class."""
    random = numpy.random.default_rng([seed, SHAPES.index(shape)])
    image = Image.new("RGB", (side, side), (20, 20, 20))
    draw = ImageDraw.Draw(image)
    x, y = random.integers(10, side - 10, 2)
    light = int(random.integers(150, 256))
    fill = (light, light, light)
    if shape == "disc":
        draw.ellipse((x - 7, y - 7, x + 7, y + 7), fill=fill)
    else:
        draw.rectangle((x - 2, y - 9, x + 2, y + 9), fill=fill)
        if shape == "cross":
            draw.rectangle((x - 9, y - 2, x + 9, y + 2), fill=fill)
    return image


class TrainNetworks(Case):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        self.output = self.folder / "made"
        for shape in SHAPES:
            (self.data / shape).mkdir(parents=True)
            for seed in range(24):
                drawn(shape, seed).save(self.data / shape / f"{seed:02}.png")

    def arguments(self, backbone, *more):
        return ("train", self.data, "-o", self.output, "--backbone", backbone, "--batch", "8", *map(str, more))

    def lenet(self, text=LENET):
        path = self.folder / "lenet_train_test.prototxt"
        path.write_text(text)
        return path

    def onnx_package(self, last="Relu"):
        """Convolution, batch norm and the mean of a map, as a package of 32 pixels."""
        random = numpy.random.default_rng(4)
        weights = lambda *shape: random.normal(0, 0.3, shape).astype(numpy.float32)
        nodes = [
            helper.make_node("Conv", ["image", "w"], ["map"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
            helper.make_node("BatchNormalization", ["map", "gamma", "beta", "mean", "variance"], ["normal"]),
            helper.make_node(last, ["normal"], ["relu"], name="last"),
            helper.make_node("Conv", ["relu", "w2"], ["map2"], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
            helper.make_node("Relu", ["map2"], ["relu2"]),
            helper.make_node("GlobalAveragePool", ["relu2"], ["pool"]),
            helper.make_node("Flatten", ["pool"], ["feature"]),
        ]
        constants = [constant("w", weights(16, 3, 3, 3)), constant("w2", weights(32, 16, 3, 3)),
                     constant("gamma", numpy.ones(16)), constant("beta", numpy.zeros(16)),
                     constant("mean", numpy.zeros(16)), constant("variance", numpy.ones(16))]
        model = network(nodes, [("image", ["batch", 3, 32, 32])], [("feature", [None, 32])], constants)
        onnx.save(model, self.folder / "net.onnx")
        package = self.folder / f"package-{last}"
        self.run_program("model", "import-onnx", self.folder / "net.onnx", "-o", package, "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25",
                         "--crop", 1)
        return package

    def neighbours(self, model):
        """Share of pictures whose nearest other one is of their class."""
        self.run_program("index", self.library, self.data, "--model", model)
        right = 0
        for path in sorted(self.data.glob("*/0*.png")):
            hits = self.json_lines("search", self.library, path, "-k", "2", "--json")
            others = [hit for query in hits for hit in query["hits"] if pathlib.Path(hit["path"]) != path]
            right += pathlib.Path(others[0]["path"]).parent == path.parent
        return right / len(list(self.data.glob("*/0*.png")))

    def test_lenet_begins_at_random_stops_and_goes_on(self):
        arguments = self.arguments(self.lenet(), "--image-size", 28, "--recipe", "paper", "--no-flip", "--epochs", 40,
                                   "--checkpoint-every", 0, "--threshold", 0.4, "--bits", 16)
        process = self.start(*arguments)
        checkpoint = pathlib.Path(f"{self.output}.training/checkpoint")
        self.wait_while_running(process, checkpoint.exists, "the first checkpoint")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 130, err)
        self.run_program(*arguments, "--resume")
        self.assertFalse(checkpoint.parent.exists())
        report = json.loads(pathlib.Path(f"{self.output}.json").read_text())
        self.assertEqual(len(report["epochs"]), 40)
        self.assertLess(report["epochs"][-1]["loss"], report["epochs"][0]["loss"])
        self.assertEqual((report["heads"][0]["method"], report["options"]["recipe"]), ("latent", "paper"))
        self.assertEqual(report["options"]["image_sizes"], [28])
        encoded = self.json_lines("encode", self.data, "--model", self.output, "--activations", "--code")
        self.assertEqual(len(encoded), 72)
        for picture in encoded:
            code = bytes.fromhex(picture["code"])
            bits = [code[i // 8] >> (i % 8) & 1 for i in range(16)]
            self.assertEqual(bits, [int(unit >= 0.4) for unit in picture["activations"]])
        self.assertGreater(self.neighbours(self.output), 0.8)

    def test_a_network_of_onnx_is_tuned(self):
        package = self.onnx_package()
        self.run_program(*self.arguments(package, "--epochs", 20, "--bits", 16, "--activation", "tanh"))
        before, after = (json.loads((folder / "model.json").read_text()) for folder in (package, self.output))
        self.assertEqual((after["dim"], after["input"]), (before["dim"], before["input"]))
        self.assertNotEqual(after["network_sha256"], before["network_sha256"])
        self.assertGreater(self.neighbours(self.output), 0.6)
        # What was trained can be trained again.
        self.output = self.folder / "again"
        self.run_program(*self.arguments(self.folder / "made", "--epochs", 1, "--bits", 16, "--feature", "relu2"))
        self.assertEqual(json.loads((self.output / "model.json").read_text())["dim"], 32 * 8 * 8)

    def test_training_on_a_gpu(self):
        process = self.start(*self.arguments(self.onnx_package(), "--epochs", 2, "--bits", 16, "--train-on", "cuda"))
        _, err = process.communicate(timeout=600)
        if b"no CUDA device here" in err:
            self.assertEqual(process.returncode, 2)
            self.skipTest("no CUDA device here, or a libtorch without CUDA")
        self.assertEqual(process.returncode, 0, err)
        self.assertTrue((self.output / "model.json").exists())

    def refused(self, exit_code, word, *arguments):
        _, err = self.run_program(*arguments, exit_code=exit_code)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertIn(word, err)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith("made")], [])

    def test_input_that_makes_no_sense_gets_one_line(self):
        package = self.onnx_package()
        self.refused(2, b"relu2", *self.arguments(package, "--feature", "relu3"))
        self.refused(2, b"32 pixels", *self.arguments(package, "--image-size", 64))
        self.refused(2, b"--threshold", *self.arguments(package, "--threshold", 2))
        self.refused(2, b"--activation tanh", *self.arguments(package, "--activation", "tanh", "--loss", "csq"))
        self.refused(5, b"Softplus", *self.arguments(self.onnx_package("Softplus")))
        self.refused(5, b"nothere", *self.arguments(self.folder / "nothere"))
        self.refused(5, b"--image-size", *self.arguments(self.lenet()))
        odd = LENET.replace('type: "ReLU"', 'type: "Exp"')
        self.refused(5, b"(Exp)", *self.arguments(self.lenet(odd), "--image-size", 28))
        odd = LENET.replace('type: "xavier"', 'type: "bilinear"')
        self.refused(5, b"bilinear", *self.arguments(self.lenet(odd), "--image-size", 28))
        weights = package / "network.bin"
        weights.write_bytes(weights.read_bytes()[:-4] + numpy.float32("nan").tobytes())
        self.refused(5, b"network.bin", *self.arguments(package))


if __name__ == "__main__":
    unittest.main()
