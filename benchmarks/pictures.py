"""A picture of the size that people are sent: the first of a process, and every further one."""

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.table import Figure

WARM_FLOOR_MS = 120.0
ROUNDS = 20
SCRIPT = f"""
import statistics, time
start = time.perf_counter()
from handlers.drawing import Bars, Curve, Ranking, picture
months = [str(month) for month in range(1, 13)]
rates = [3.4, 2.1, 4.5, 3.3, 5.1, 0.0, 2.2, 1.7, 3.3, 6.7, 3.4, 2.8]
steps = [(day, 1 - day / 1000, 0.95 - day / 1000, 1.0) for day in range(0, 500, 10)]
charts = [
    Bars("每月", months, rates, "月", [value + 38 for value in rates], "年", "%"),
    Curve("留存", steps, 520, [(day, str(day)) for day in (30, 90, 180, 365)], "区间"),
    Ranking("原因", [("工作压力", 9), ("薪酬", 8), ("发展机会", 5), ("其余", 7)], "人"),
]
picture("离职分析 · 城东分公司", "2026年2月", charts, "说明")
first = time.perf_counter() - start
took = []
for _ in range({ROUNDS}):
    start = time.perf_counter()
    picture("离职分析 · 城东分公司", "2026年2月", charts, "说明")
    took.append(time.perf_counter() - start)
print(first * 1000, statistics.median(took) * 1000)
"""


def measure() -> Iterator[Figure]:
    """In a process of its own, which has drawn nothing before."""
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    first, warm = map(float, told.stdout.split())
    yield Figure("pictures: the first of a process", first, "ms")
    floor = f"≤ {WARM_FLOOR_MS:.0f} ms"
    yield Figure("pictures: each further one", warm, "ms", floor=floor, met=warm <= WARM_FLOOR_MS)
