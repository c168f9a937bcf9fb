"""Structured logs: one JSON line an event, on standard error; nothing personal, no secrets."""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict

ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
CARD = re.compile(r"(?<!\d)\d{16,19}(?!\d)")
PHONE = re.compile(r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)")


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


def mask(text: str) -> str:
    """The text with every identity number, bank card and mobile number in it masked (domain.md 2.5)."""
    text = ID_NUMBER.sub(lambda found: f"{found[0][:3]}{'*' * 11}{found[0][-4:]}", text)
    text = CARD.sub(lambda found: f"{found[0][:4]}{'*' * (len(found[0]) - 8)}{found[0][-4:]}", text)
    return PHONE.sub(lambda found: f"{found[0][:-8]}****{found[0][-4:]}", text)


def mask_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same for every value, however deep: the second net, under not logging such things at all."""
    return {name: _masked(value) for name, value in values.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return mask_values(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(one) for one in value]
    if value is None or isinstance(value, bool | float):
        return value
    text = mask(str(value))
    return value if text == str(value) else text


def mask_event(_logger: object, _name: str, event: EventDict) -> EventDict:
    """No full value leaves in a log line."""
    return mask_values(event)


class MaskingFormatter(logging.Formatter):
    """The same for what libraries log."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, masked."""
        return mask(super().format(record))


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
            mask_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=Unfailing()),  # type: ignore[arg-type]
    )
    errors = logging.StreamHandler()
    errors.setFormatter(MaskingFormatter("%(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[errors])
