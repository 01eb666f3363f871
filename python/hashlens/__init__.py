"""hashlens: exact picture search by learned binary codes, on one machine, without a GPU.

    import hashlens

    with hashlens.open("photos") as library:
        library.add("~/Pictures")
        for hit in library.search("holiday.jpg"):
            print(hit.rank, hit.path, hit.distance)

docs/python.md of the project is the reference.
"""

import importlib.metadata

from hashlens._load import load as _load

_load()

from hashlens._arrays import Arrays, Segment, load_export  # noqa: E402
from hashlens._code_index import CodeIndex  # noqa: E402
from hashlens._core import (  # noqa: E402
    CaffeImport,
    Category,
    CompactReport,
    Cursor,
    DecoderInfo,
    EvalMethod,
    EvalPoint,
    EvalReport,
    EvalSide,
    Failure,
    FormatInfo,
    Hit,
    ImageInfo,
    IndexReport,
    LibraryInfo,
    ModelHead,
    ModelInfo,
    OnnxImport,
    ReductionReport,
    StageTimes,
    VerifyReport,
)
from hashlens._encode import Classified, Encoded, classify, encode  # noqa: E402
from hashlens._errors import (  # noqa: E402
    BusyError,
    CancelledError,
    CorruptionError,
    Error,
    InvalidArgumentError,
    IoError,
    ModelMismatchError,
    NotFoundError,
    UnsupportedError,
)
from hashlens._inputs import Filter, Picture, Text  # noqa: E402
from hashlens._library import Library  # noqa: E402
from hashlens._models import (  # noqa: E402
    decoder,
    default_model,
    describe_model,
    evaluate,
    formats,
    import_caffe,
    import_onnx,
    models,
    thumbnail,
    verify,
)
from hashlens._open import open  # noqa: E402
from hashlens._program import train  # noqa: E402
from hashlens._progress import Progress  # noqa: E402
from hashlens._results import Images, SearchResult, SearchResults  # noqa: E402

__version__ = importlib.metadata.version("hashlens")

__all__ = [
    "Arrays",
    "BusyError",
    "CaffeImport",
    "CancelledError",
    "Category",
    "Classified",
    "CodeIndex",
    "CompactReport",
    "CorruptionError",
    "Cursor",
    "DecoderInfo",
    "Encoded",
    "Error",
    "EvalMethod",
    "EvalPoint",
    "EvalReport",
    "EvalSide",
    "Failure",
    "Filter",
    "FormatInfo",
    "Hit",
    "ImageInfo",
    "Images",
    "IndexReport",
    "InvalidArgumentError",
    "IoError",
    "Library",
    "LibraryInfo",
    "ModelHead",
    "ModelInfo",
    "ModelMismatchError",
    "NotFoundError",
    "OnnxImport",
    "Picture",
    "Progress",
    "ReductionReport",
    "SearchResult",
    "SearchResults",
    "Segment",
    "StageTimes",
    "Text",
    "UnsupportedError",
    "VerifyReport",
    "__version__",
    "classify",
    "decoder",
    "default_model",
    "describe_model",
    "encode",
    "evaluate",
    "formats",
    "import_caffe",
    "import_onnx",
    "load_export",
    "models",
    "open",
    "thumbnail",
    "train",
    "verify",
]
