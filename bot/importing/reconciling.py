"""Whether what a file held and what was taken from it are the same, in rows and in money (S3-45)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.importing import cells
from bot.importing.cells import Refused
from models.cases import Totals

TOTAL = re.compile(r"(?:合计|总计|共计)")
_COUNT = re.compile(r"(\d[\d,]*)\s*[件户笔条]")
KINDS = {"new": "新增", "changed": "更新", "unchanged": "没变", "refused": "没导入"}


@dataclass
class Sums:
    """Rows and fen of each outcome."""

    read: int = 0
    amount: int = 0
    unreadable: int = 0
    """Rows whose amount could not be read: they count as nothing."""
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    amounts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def saw(self, amount: int | None) -> None:
        """Note a row of the file."""
        self.read += 1
        self.amount += amount or 0
        self.unreadable += amount is None

    def became(self, kind: str, amount: int | None) -> None:
        """Note what became of it."""
        self.rows[kind] += 1
        self.amounts[kind] += amount or 0

    @property
    def fits(self) -> bool:
        """Whether every row and every fen is accounted for."""
        return self.read == sum(self.rows.values()) and self.amount == sum(self.amounts.values())

    def lines(self) -> list[str]:
        """The small table for whoever imports."""
        found = [_line("", "行数", "金额（元）"), _line("文件", f"{self.read:,}", yuan(self.amount))]
        for kind, name in KINDS.items():
            found.append(_line(f"  {name}", f"{self.rows[kind]:,}", yuan(self.amounts[kind])))
        found.append(
            "  逐行相加，和文件一致 ✓" if self.fits else "  ✗ 相加和文件不一致，请把这份文件交给维护人"
        )
        if self.unreadable:
            found.append(f"  其中 {self.unreadable} 行的金额看不懂，没有算进金额")
        return found


@dataclass(frozen=True)
class Declared:
    """What the creditor says a batch holds; None: says nothing."""

    cases: int | None = None
    amount: int | None = None

    def __bool__(self) -> bool:
        return self.cases is not None or self.amount is not None


def declared_in(row: Mapping[str, str], leading: Sequence[str], amount: str) -> Declared | None:
    """What a line says that sums up the others; None if it is a line like all others."""
    if not any(TOTAL.match(row.get(column, "")) for column in leading):
        return None
    said = unicodedata.normalize("NFKC", " ".join(row.values()))
    count = _COUNT.search(said)
    try:
        total = cells.amount(row.get(amount, ""), amount)
    except Refused:
        total = None
    return Declared(int(count[1].replace(",", "")) if count else None, total)


def declared_as(count: str, amount: str) -> Declared:
    """What somebody gave on the command line.

    Raises:
        Refused: it is no number.
    """
    said = count.replace(",", "").strip()
    if said and not said.isdecimal():
        raise Refused(f"看不懂声明件数「{count}」，写成 1000")
    return Declared(int(said) if said else None, cells.amount(amount, "声明金额"))


def beside_declared(name: str, declared: Declared, held: Totals) -> tuple[list[str], bool]:
    """The declared totals beside what is there now, and whether they are the same."""
    same = declared.cases in (None, held.cases) and declared.amount in (None, held.amount)
    said = ("—" if declared.cases is None else f"{declared.cases:,}", yuan(declared.amount))
    found = [_line(f"{name} 甲方声明", *said), _line(f"{name} 系统里", f"{held.cases:,}", yuan(held.amount))]
    if same:
        return [*found, "  和声明一致 ✓"], True
    more = [] if declared.cases is None else [f"{held.cases - declared.cases:+,} 件"]
    more += [] if declared.amount is None else [f"{yuan(held.amount - declared.amount, sign='+')} 元"]
    return [*found, f"  ✗ 和声明相差 {'、'.join(more)}"], False


def yuan(fen: int | None, sign: str = "") -> str:
    """An amount as people read it."""
    return "—" if fen is None else f"{fen / 100:{sign},.2f}"


def _line(name: str, count: str, amount: str) -> str:
    wide = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in name)
    return f"{name}{' ' * max(34 - wide, 1)}{count:>10}{amount:>20}"
