"""Candidates of a campaign with their résumés, and their interview results: always the same."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from benchmarks.case_files import BRANCH, GIVEN, NOW, SURNAMES
from models import staff
from models.staff import UnitKind

CANDIDATES = ("姓名", "手机号", "应聘机构", "应聘岗位", "应聘日期", "来源", "应聘编号", "简历", "邮箱")
RESULTS = ("应聘编号", "环节", "时间", "分数", "事件编号", "沟通表达", "抗压能力")
JOBS, SOURCES = ("催收员", "柜员", "客服"), ("校园招聘", "内推", "招聘网站")
SENTENCES = (
    "本科毕业，金融专业，在校期间担任班长，组织过多次活动。",
    "在银行信用卡中心实习半年，每天外呼八十通，回款排在组里第二。",
    "做过一年催收，熟悉账龄和还款协商的流程，没有投诉。",
    "普通话标准，会四川话，抗压能力强，愿意加班。",
    "熟悉办公软件，能用表格做统计，做过客服质检。",
)
RESUME_SENTENCES = 12
"""About three hundred characters."""


def branch(session: Session) -> None:
    """Where everybody applies."""
    staff.add_unit(session, name=BRANCH, parent=staff.ensure_root(session), kind=UnitKind.BRANCH)


def number_of(candidate: int) -> str:
    """How the other system names an application."""
    return f"HX{candidate:07}"


def write_candidates(path: Path, count: int) -> Path:
    """A CSV file with so many candidates."""
    rng = Random(20260302)
    rows = (
        (
            SURNAMES[one % 20] + GIVEN[one // 20 % 20] + GIVEN[one // 400 % 20],
            f"139{one:08}",
            BRANCH,
            JOBS[one % 3],
            "2026-03-01",
            SOURCES[one % 3],
            number_of(one),
            "".join(rng.choices(SENTENCES, k=RESUME_SENTENCES)),
            f"candidate{one}@example.com",
        )
        for one in range(count)
    )
    return _write(path, CANDIDATES, rows)


def write_results(path: Path, candidates: range) -> Path:
    """A CSV file with the AI interview of each of these candidates."""
    rows = (
        (
            one["application_no"],
            one["stage"],
            one["occurred_at"],
            str(one["score"]),
            one["event_id"],
            *(str(points) for points in one["dimensions"].values()),
        )
        for one in map(result, candidates)
    )
    return _write(path, RESULTS, rows)


def result(candidate: int) -> Mapping[str, Any]:
    """What the interview system tells of a candidate."""
    return {
        "event_id": f"ev-{candidate}",
        "type": "result",
        "application_no": number_of(candidate),
        "stage": "ai_interview",
        "occurred_at": (NOW - timedelta(seconds=candidate % 40_000)).isoformat(),
        "score": candidate % 101,
        "dimensions": {"沟通表达": candidate % 97, "抗压能力": candidate % 89},
    }


def _write(path: Path, head: Sequence[str], rows: Iterator[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(head)
        writer.writerows(rows)
    return path
