"""Template messages: fields of a template and what each kind of value may hold (protocol 4.3)."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.errors import ApiError
from sandbox.world import Template

FIELD = re.compile(r"\{\{\s*([A-Za-z_]+\d*)\.DATA\s*\}\}")
KIND = re.compile(r"([A-Za-z_]+?)\d*")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
NUMBER = re.compile(r"-?\d{1,32}(\.\d+)?")
AMOUNT = re.compile(r"[¥￥$]?\d{1,10}(\.\d+)?元?")
PHONE = re.compile(r"[+\-\d ]{1,17}")
CHARACTERS = re.compile(r"[\x20-\x7e]{1,32}")
TIME = re.compile(r".*\d.*")


def fields(template: Template) -> list[str]:
    """Names of the fields, in order."""
    return FIELD.findall(template.content)


def fill(template: Template, data: Any, typed: bool = True) -> str:
    """The template's text with its values; a bad value is 47003 (its type only if ``typed``)."""
    if not isinstance(data, dict):
        raise ApiError(47003, "data")
    values = {}
    for name in fields(template):
        entry = data.get(name)
        value = entry.get("value") if isinstance(entry, dict) else None
        if not isinstance(value, str | int | float) or not str(value).strip():
            raise ApiError(47003, f"data.{name}.value is empty")
        if typed and not _fits(name, str(value)):
            raise ApiError(47003, f"data.{name}.value invalid")
        values[name] = str(value)
    return FIELD.sub(lambda match: values[match[1]], template.content)


def _fits(name: str, value: str) -> bool:
    match = KIND.fullmatch(name)
    rules: dict[str, Callable[[], object]] = {
        "thing": lambda: len(value) <= 20,
        "phrase": lambda: len(value) <= 5 and CHINESE.fullmatch(value),
        "const": lambda: len(value) <= 20,
        "name": lambda: len(value) <= (10 if CHINESE.search(value) else 20),
        "number": lambda: NUMBER.fullmatch(value),
        "amount": lambda: AMOUNT.fullmatch(value),
        "phone_number": lambda: PHONE.fullmatch(value),
        "character_string": lambda: CHARACTERS.fullmatch(value),
        "time": lambda: len(value) <= 32 and TIME.fullmatch(value),
        "date": lambda: len(value) <= 32 and TIME.fullmatch(value),
    }
    rule = rules.get(match[1]) if match else None
    return rule is None or bool(rule())
