"""Rendering the sentences people read. Undefined names fail; filters own all formatting."""

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

TEXTS = Path(__file__).parent.parent / "config" / "texts"
PAGES = Path(__file__).parent.parent / "config" / "pages"
WEEKDAYS = "一二三四五六日"


class MissingText(Exception):
    """A block that a handler, job or refusal names does not exist."""


def clock(moment: datetime | time) -> str:
    """09:07."""
    return moment.strftime("%H:%M")


def day(moment: datetime | date) -> str:
    """3月2日 周一."""
    return f"{moment.month}月{moment.day}日 周{WEEKDAYS[moment.weekday()]}"


def shorten(text: str, length: int) -> str:
    """The first `length` characters, with … if there were more."""
    return text if len(text) <= length else text[:length] + "…"


def money(fen: int) -> str:
    """1,234.50 元; whole yuan without the fen."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    yuan, rest = divmod(fen, 100)
    return f"{sign}{yuan:,}{f'.{rest:02d}' if rest else ''} 元"


def bucket(number: int) -> str:
    """M0 … M6, M7+."""
    return f"M{number}" if number < 7 else "M7+"


FILTERS = {"clock": clock, "day": day, "shorten": shorten, "money": money, "bucket": bucket}


class Texts:
    """The text files, one a feature, one named block a message."""

    def __init__(self, folder: Path = TEXTS) -> None:
        # Chat messages are not HTML; pages are rendered by an environment of their own that escapes.
        self._environment = Environment(  # noqa: S701
            loader=FileSystemLoader(folder), undefined=StrictUndefined, auto_reload=False
        )
        self._environment.filters.update(FILTERS)
        self._templates: dict[str, Template] = {}

    def has(self, reference: str) -> bool:
        """Whether the block `feature/block` exists."""
        feature, _, block = reference.partition("/")
        return block in self._template(feature).blocks

    def render(self, reference: str, values: Mapping[str, Any]) -> str:
        """The wording of `feature/block` with these values.

        Raises:
            MissingText: there is no such block.
            jinja2.UndefinedError: the block uses a value that is not given.
        """
        feature, _, block = reference.partition("/")
        template = self._template(feature)
        if block not in template.blocks:
            raise MissingText(reference)
        context = template.new_context(dict(values))
        return "".join(template.blocks[block](context)).strip()

    def words(self, reference: str, **values: Any) -> Mapping[str, str]:
        """The lines `name=words` of a block, for pictures and tables.

        Raises:
            MissingText: there is no such block.
            jinja2.UndefinedError: the block uses a value that is not given.
        """
        lines = (line.partition("=") for line in self.render(reference, values).splitlines())
        return {name.strip(): words.strip() for name, _, words in lines if words}

    def blocks(self) -> dict[str, list[str]]:
        """Every feature with the names of its blocks."""
        names = (name.removesuffix(".j2") for name in self._environment.list_templates(["j2"]))
        return {name: sorted(self._template(name).blocks) for name in names}

    def _template(self, feature: str) -> Template:
        if feature not in self._templates:
            self._templates[feature] = self._environment.get_template(f"{feature}.j2")
        return self._templates[feature]


def page_environment(folder: Path = PAGES) -> Environment:
    """The environment of the HTML pages: escaping, strict, with the same filters and words of the texts."""
    environment = Environment(
        loader=FileSystemLoader([folder, TEXTS]),
        undefined=StrictUndefined,
        autoescape=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    return environment
