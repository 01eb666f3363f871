"""The pictures of the paper's tables as class folders: from their known addresses, or from a folder of one's own."""

import dataclasses
import gzip
import hashlib
import pathlib
import shutil
import struct
import tarfile
import tempfile
import urllib.error
import urllib.request

SIDES = ("train", "test")


class DataError(Exception):
    """Pictures that cannot be had: what, where, and what to do."""


@dataclasses.dataclass(frozen=True)
class Archive:
    """A file of the data set's publisher."""

    address: str
    sha256: str

    @property
    def name(self):
        return self.address.rsplit("/", 1)[1]


MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist/"
ARCHIVES = {
    "mnist": (
        Archive(MNIST + "train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        Archive(MNIST + "train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        Archive(MNIST + "t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        Archive(MNIST + "t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
    "cifar10": (
        Archive(
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
    ),
}
CIFAR_SIDE = 32
CIFAR_RECORD = 1 + 3 * CIFAR_SIDE * CIFAR_SIDE  # class, then the planes red, green, blue


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def download(archive, folder, note):
    """The archive in the folder; fetched only when it is not there. DataError for other bytes than the publisher's."""
    path = folder / archive.name
    if not path.exists():
        note(f"fetching {archive.address}")
        partial = path.with_suffix(path.suffix + ".partial")
        try:
            with urllib.request.urlopen(archive.address, timeout=60) as answer, open(partial, "wb") as file:
                shutil.copyfileobj(answer, file)
        except (urllib.error.URLError, OSError) as error:
            raise DataError(f"{archive.address} cannot be fetched ({error}); give a folder of your own: --data NAME=FOLDER") from error
        if sha256_of(partial) != archive.sha256:
            partial.unlink()
            raise DataError(f"{archive.address} did not give the file that was published (its SHA-256 differs); run this again")
        partial.rename(path)
    if sha256_of(path) != archive.sha256:
        raise DataError(f"{path} is not the file that was published (its SHA-256 differs); remove it, then run this again")
    return path


def idx_array(path):
    """The numbers of a file as MNIST has them: a magic number, the dimensions, then bytes."""
    import numpy

    with gzip.open(path, "rb") as file:
        content = file.read()
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return numpy.frombuffer(content, dtype=numpy.uint8, offset=4 + 4 * dimensions).reshape(shape)


def mnist_pictures(paths):
    """(side, class name, pixels) of each picture."""
    for side, prefix in (("train", "train"), ("test", "t10k")):
        pixels = idx_array(paths[f"{prefix}-images-idx3-ubyte.gz"])
        labels = idx_array(paths[f"{prefix}-labels-idx1-ubyte.gz"])
        if len(pixels) != len(labels):
            raise DataError(f"MNIST has {len(pixels)} {side} pictures and {len(labels)} labels")
        for label, picture in zip(labels, pixels):
            yield side, str(label), picture


def cifar_pictures(paths):
    """The same of CIFAR-10's binary version."""
    import numpy

    with tarfile.open(paths["cifar-10-binary.tar.gz"], "r:gz") as archive:
        folder = "cifar-10-batches-bin/"
        names = archive.extractfile(folder + "batches.meta.txt").read().decode().split()
        batches = [("train", f"data_batch_{number}.bin") for number in range(1, 6)] + [("test", "test_batch.bin")]
        for side, batch in batches:
            records = numpy.frombuffer(archive.extractfile(folder + batch).read(), dtype=numpy.uint8).reshape(-1, CIFAR_RECORD)
            for record in records:
                yield side, names[record[0]], record[1:].reshape(3, CIFAR_SIDE, CIFAR_SIDE).transpose(1, 2, 0)


READERS = {"mnist": mnist_pictures, "cifar10": cifar_pictures}


def write_pictures(pictures, folder):
    """Each picture as SIDE/CLASS/NUMBER.png, losslessly."""
    from PIL import Image

    counts = dict.fromkeys(SIDES, 0)
    for side, name, pixels in pictures:
        target = folder / side / name
        if counts[side] == 0 or not target.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(target / f"{counts[side]:05}.png")
        counts[side] += 1
    return counts


def own_folder(path):
    """A folder of one's own: it must have train/ and test/, each with a folder a class."""
    for side in SIDES:
        if not (path / side).is_dir():
            raise DataError(f"{path} has no folder {side}; it must have train/CLASS/* and test/CLASS/*")
    return path


def prepare(name, own, downloads, note):
    """The folder with train/CLASS/* and test/CLASS/* of a data set; made once from its archives unless one's own is given."""
    if own is not None:
        return own_folder(own)
    folder = downloads / name
    if folder.exists():
        return own_folder(folder)
    downloads.mkdir(parents=True, exist_ok=True)
    paths = {archive.name: download(archive, downloads, note) for archive in ARCHIVES[name]}
    # Complete or not there at all.
    with tempfile.TemporaryDirectory(dir=downloads, prefix=f".{name}-") as scratch:
        made = pathlib.Path(scratch) / name
        note(f"unpacking {name}")
        write_pictures(READERS[name](paths), made)
        made.rename(folder)
    return folder
