"""What hashlens raises: one class for each kind of failure, all of them below Error."""


class Error(Exception):
    """Anything that hashlens itself refuses or cannot do. The message is one line for people."""


class InvalidArgumentError(Error, ValueError):
    """The caller asked for something that makes no sense."""


class NotFoundError(Error, FileNotFoundError):
    """A file, folder, id, model or library that is not there."""


class IoError(Error, OSError):
    """The system refused: permission, a full disk, a device's error, no memory."""


class CorruptionError(Error):
    """Stored bytes are not what was written, or a picture cannot be decoded."""


class ModelMismatchError(Error):
    """The library was made with another network."""


class UnsupportedError(Error):
    """Valid, but not for this build or version."""


class BusyError(Error):
    """Another process is changing the library."""


class CancelledError(Error):
    """Stopped on request."""
