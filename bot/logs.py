"""Structured logs: one JSON line an event, on standard error; nothing personal, no secrets."""

import contextlib
import logging
import sys
import traceback

import structlog
from structlog.typing import EventDict


class Unfailing:
    """Standard error, whose failures stop nobody: on a full disk messages matter more than their log."""

    def write(self, text: str) -> None:
        """Write, or lose the line."""
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """The same."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def where_it_broke(_logger: object, _name: str, event: EventDict) -> EventDict:
    """An exception as its class and its lines; its message may hold personal data and is left out."""
    broken = event.pop("exc_info", None)
    if broken is True:
        broken = sys.exc_info()[1]
    if isinstance(broken, BaseException):
        event["exception"] = type(broken).__qualname__
        event["trace"] = [
            f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(broken.__traceback__)
        ]
    return event


def configure_logs(process: str, *, human: bool = False) -> None:
    """Set up logging for one process."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if human
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            lambda _logger, _name, event: {**event, "process": process},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            where_it_broke,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=Unfailing()),  # type: ignore[arg-type]
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")
