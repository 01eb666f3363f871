"""Loads the extension module, or says what the machine lacks."""

import ctypes
import importlib.util
import pathlib
from types import ModuleType

SYSTEM_PACKAGES = (
    "libvips42 libjpeg62-turbo libturbojpeg0 libraw20 libavif15 libjxl0.7 libexif12 libsqlite3-0 libopenblas0 libhwy1 libisal2"
    " libssl3 libhdf5-103-1 libsnappy1v5 libprotobuf32 libseccomp2"
)


def load() -> ModuleType:
    """The module hashlens._core.

    OpenVINO's library is looked for beside the package first; where `openvino` is installed elsewhere (another
    site-packages), it is loaded from there.
    """
    try:
        return importlib.import_module("hashlens._core")
    except ImportError as error:
        if "libopenvino" not in str(error):
            raise _explained(error) from None
    _load_openvino()
    try:
        return importlib.import_module("hashlens._core")
    except ImportError as error:
        raise _explained(error) from None


def _load_openvino() -> None:
    spec = importlib.util.find_spec("openvino")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or []:
        for library in sorted(pathlib.Path(folder, "libs").glob("libopenvino.so.*")):
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
            return


def _explained(error: ImportError) -> ImportError:
    text = str(error)
    if "libopenvino" in text:
        return ImportError(f"{text}: install the version of openvino that hashlens was built with: pip install --force-reinstall hashlens")
    if "cannot open shared object file" in text:
        return ImportError(f"{text}: hashlens needs libraries of the system: sudo apt-get install {SYSTEM_PACKAGES}")
    return error
