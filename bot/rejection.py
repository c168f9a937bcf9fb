"""Why a request is not taken, and with which status it is answered."""


class Rejected(Exception):
    """A callback that is not stored. `reason` goes to the log, never out.

    `status` is 400, 403 or 413; the server's own 408 means too slow.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def malformed(reason: str) -> Rejected:
    """The request is not what the protocol describes."""
    return Rejected(400, reason)


def forbidden(reason: str) -> Rejected:
    """The request is not from the platform, or not for us."""
    return Rejected(403, reason)


def too_large(reason: str) -> Rejected:
    """The request is larger than any the platform sends."""
    return Rejected(413, reason)
