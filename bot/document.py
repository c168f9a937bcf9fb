"""Reading the platform's XML strictly: no document types, bounded depth and size, one root."""

from typing import Any
from xml.parsers import expat

from bot.rejection import malformed

MAX_DEPTH = 12
MAX_ELEMENTS = 5000

Fields = dict[str, Any]
"""An element: text, nested fields, or a list where an element repeats."""


def read_document(body: bytes) -> Fields:
    """The children of the `<xml>` root, names and nesting kept.

    Raises:
        Rejected: (400) not well-formed UTF-8 XML, a document type declaration, or too deep or too long.
    """
    if b"\0" in body:  # expat would take the body for UTF-16, whatever it is told
        raise malformed("XML: not UTF-8")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    try:
        parser.Parse(body.decode(), True)
    except UnicodeError:
        raise malformed("XML: not UTF-8") from None
    except expat.ExpatError as error:
        raise malformed(f"XML: {error}") from None
    if reader.root is None or reader.root_name != "xml":
        raise malformed("XML: the root is not <xml>")
    return reader.root


class _Reader:
    """Collects elements into nested dictionaries."""

    def __init__(self) -> None:
        self.root: Fields | None = None
        self.root_name = ""
        self.elements = 0
        self.stack: list[tuple[str, Fields, list[str]]] = []

    def start(self, name: str, _attributes: object) -> None:
        self.elements += 1
        if len(self.stack) >= MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise malformed("XML: too deep or too many elements")
        if not self.stack:
            self.root_name = name
        self.stack.append((name, {}, []))

    def text(self, text: str) -> None:
        self.stack[-1][2].append(text)

    def end(self, _name: str) -> None:
        name, children, texts = self.stack.pop()
        if not self.stack:
            self.root = children
            return
        value: Any = children or "".join(texts).strip()
        parent = self.stack[-1][1]
        known = parent.get(name)
        if known is None:
            parent[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            parent[name] = [known, value]

    def refuse_doctype(self, *_: object) -> None:
        raise malformed("XML: document type declarations are refused")
