"""What a run prints: figures, what they are compared with, and whether a floor is met."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    baseline: str = ""
    """What the value is compared with, measured in the same run."""
    base: float | None = None
    floor: str = ""
    met: bool | None = None
    counted: bool = True
    """False where the generator, not the server, may have been the limit."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The line, cell by cell."""
        ratio = ""
        if self.base:
            ratio = f"{self.value / self.base:.2f}×" + ("" if self.counted else " (not counted)")
        base = "" if self.base is None else f"{self.baseline}: {number(self.base)}"
        verdict = "" if self.met is None else ("met" if self.met else "MISSED")
        if not self.counted:
            verdict = "not counted" if self.floor else ""
        return self.name, f"{number(self.value)} {self.unit}", base, ratio, self.floor, verdict


HEAD = ("figure", "value", "baseline of the same run", "ratio", "floor", "verdict")


def number(value: float) -> str:
    """Three significant digits, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(figure.cells for figure in figures)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
