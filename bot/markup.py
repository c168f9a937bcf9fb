"""The markup of the texts, read apart from either platform's form (docs/adding-a-command.md has the table).

A text whose first line is `!name …` is of that type. One that starts with `# ` is a card: the title, and then
line by line what a line looks like; whatever looks like nothing else is the body.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


class WordingError(Exception):
    """A text does not fit the type it asks for: a mistake of who wrote it, found before anything is sent."""


@dataclass(frozen=True)
class Option:
    """One answer to a question of a card."""

    id: str
    text: str
    chosen: bool
    """Whether it is marked before anybody touches it."""


@dataclass(frozen=True)
class Question:
    """A question of a card; `several` if more than one option may be chosen."""

    key: str
    title: str
    options: tuple[Option, ...]
    several: bool


@dataclass(frozen=True)
class Row:
    """A name with its value, and where a tap on the value leads."""

    name: str
    value: str
    target: str = ""


@dataclass(frozen=True)
class Card:
    """What a card text says."""

    title: str
    body: str = ""
    rows: tuple[Row, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    """(words, key)."""
    links: tuple[tuple[str, str], ...] = ()
    """(words, path or address)."""
    questions: tuple[Question, ...] = ()
    picture: str = ""
    quote: str = ""
    figure: tuple[str, str] | None = None
    """(number, what it counts)."""

    @property
    def link(self) -> tuple[str, str] | None:
        """The link that the card as a whole opens."""
        return self.links[0] if self.links else None


@dataclass(frozen=True)
class Directive:
    """The first line of a text of a named type, and what follows it."""

    name: str
    arguments: tuple[str, ...]
    rest: str


_DIRECTIVE = re.compile(r"^!(?P<name>[a-z]+)(?P<arguments>[^\n]*)(?:\n|$)")
_TAPPABLE = re.compile(r"^\[(?P<words>[^\]]+)\]\((?P<target>[^)\s]+)\)$")
_LINKED = re.compile(r"^\[(?P<words>[^\]]+)\]\((?P<target>(?:/|https?://)[^)\s]*)\)$")
_ROW = re.compile(r"^- (?P<name>[^:：]+)[:：]\s*(?P<value>.+)$")
_PICTURE = re.compile(r"^!\[\]\((?P<url>[^)\s]+)\)$")
_QUESTION = re.compile(r"^\?(?P<key>[A-Za-z0-9_.-]+)(?:\s+(?P<title>.+))?$")
_OPTION = re.compile(r"^(?P<form>[(\[])(?P<mark>[ *x])[)\]] (?P<id>\S+) (?P<text>.+)$")
_QUOTE = re.compile(r"^> (?P<text>.+)$")
_FIGURE = re.compile(r"^## (?P<number>\S+)\s*(?P<what>.*)$")


@dataclass
class _Draft:
    """A card while its lines are read."""

    body: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    options: list[list[Option]] = field(default_factory=list)
    several: list[bool] = field(default_factory=list)
    picture: str = ""
    quote: list[str] = field(default_factory=list)
    figure: tuple[str, str] | None = None

    def read(self, line: str) -> None:
        """Take a line for what it looks like."""
        if found := _TAPPABLE.match(line):
            leads = found["target"].startswith(("/", "http://", "https://"))
            (self.links if leads else self.buttons).append((found["words"], found["target"]))
        elif found := _ROW.match(line):
            self.rows.append(_row(found["name"], found["value"]))
        elif found := _PICTURE.match(line):
            self.picture = found["url"]
        elif found := _QUESTION.match(line):
            self.asked.append((found["key"], found["title"] or ""))
            self.options.append([])
            self.several.append(False)
        elif (found := _OPTION.match(line)) and self.asked:
            self.options[-1].append(Option(found["id"], found["text"], found["mark"] != " "))
            self.several[-1] = found["form"] == "["
        elif found := _QUOTE.match(line):
            self.quote.append(found["text"])
        elif found := _FIGURE.match(line):
            self.figure = (found["number"], found["what"])
        else:
            self.body.append(line)

    def questions(self) -> tuple[Question, ...]:
        """The questions with their options."""
        return tuple(
            Question(key, title, tuple(options), several)
            for (key, title), options, several in zip(self.asked, self.options, self.several, strict=True)
        )


def _row(name: str, value: str) -> Row:
    linked = _LINKED.match(value)
    return Row(name, linked["words"], linked["target"]) if linked else Row(name, value)


def read_card(text: str) -> Card | None:
    """The card in a text, or None if the text is no card."""
    if not text.startswith("# "):
        return None
    title, _, rest = text.partition("\n")
    draft = _Draft()
    for line in rest.splitlines():
        draft.read(line)
    return Card(
        title[2:].strip(),
        "\n".join(draft.body).strip(),
        tuple(draft.rows),
        tuple(draft.buttons),
        tuple(draft.links),
        draft.questions(),
        draft.picture,
        "\n".join(draft.quote),
        draft.figure,
    )


def read_cards(text: str) -> Sequence[Card]:
    """The articles of a text: each starts with its title."""
    parts = re.split(r"^(?=# )", text, flags=re.MULTILINE)
    return [card for part in parts if (card := read_card(part)) is not None]


def read_directive(text: str) -> Directive | None:
    """The type that a text names in its first line, or None."""
    found = _DIRECTIVE.match(text)
    if found is None:
        return None
    return Directive(found["name"], tuple(found["arguments"].split()), text[found.end() :])
