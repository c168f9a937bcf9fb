"""Interview results from a table: what the interview system would have told by itself (S0-58, S2-18)."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.database import Database
from bot.importing import cells
from bot.importing.base import Kind, Work
from bot.importing.cells import Checks, Refused
from bot.sheets import Line
from models import recruiting
from models.base import SHANGHAI
from models.recruiting import Malformed, Result

NUMBER, STAGE, MOMENT = "应聘编号", "环节", "时间"
SCORE, KIND, EVENT, URL = "分数", "结果", "事件编号", "报告网址"
ABSENT = ("没来", "缺席", "未参加", "no_show")
BATCH = 1000
AT_ONCE = 200
"""So many results are entered in one transaction."""
WHY = {
    ("application_no", "missing"): "应聘编号没有填",
    ("application_no", "not_as_agreed"): "应聘编号太长，最多 40 个字",
    ("event_id", "not_as_agreed"): "事件编号太长，最多 100 个字",
    ("occurred_at", "not_a_moment"): "时间不对",
    ("score", "missing"): "分数没有填；没来的，在「结果」里写 没来",
    ("report_url", "not_as_agreed"): "报告网址要以 http:// 或 https:// 开头，最多 500 个字",
    ("dimensions", "not_as_agreed"): "维度太多，或者列名太长",
}
"""What is not as agreed → what the person reads."""


class Results:
    """Takes the rows of one file: kept first, then entered."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._stages = {
            name: stage.code
            for flow in work.policy.flows.values()
            for version in flow.versions
            for stage in version.stages
            for name in (cells.folded(stage.name), stage.code)
        }

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """Take some rows, each kept or refused with a reason."""
        report, results = self.work.report, []
        with self.work.stage("check"):
            for number, row in lines:
                try:
                    result = self._result(row)
                    self.work.first(EVENT, result.event_id, number)
                    results.append(result)
                except Refused as refused:
                    report.refuse(number, row, str(refused))
        with self.work.stage("write"), database.writing() as session:
            accepted, known = recruiting.keep_results(session, results, at=self.work.at)
        report.new += len(accepted)
        report.unchanged += len(known)
        left = AT_ONCE
        while left == AT_ONCE:
            with self.work.stage("write"), database.writing() as session:
                left = recruiting.apply_results(
                    session, at=self.work.at, policy=self.work.policy, limit=AT_ONCE
                )

    def _result(self, row: Mapping[str, str]) -> Result:
        checks = Checks()
        stage = self._stages.get(cells.folded(row[STAGE]), row[STAGE])
        if stage not in self._stages.values():
            known = "、".join(dict.fromkeys(name for name, code in self._stages.items() if name != code))
            checks.note(f"没有「{row[STAGE][:20]}」这个环节，可以写：{known}")
        absent = cells.folded(row[KIND]) in ABSENT
        points = {name: checks.of(cells.points, row[name], name) for name in row if name not in COLUMNS}
        number = checks.of(cells.digits, row[NUMBER], NUMBER)
        if number == "":
            checks.note(WHY["application_no", "missing"])
        moment = checks.of(_moment, row[MOMENT])
        score = None if absent else checks.of(cells.points, row[SCORE], SCORE)
        if not absent and not row[SCORE].strip():
            checks.note(WHY["score", "missing"])
        checks.done()
        item = {
            "event_id": row[EVENT] or _event_of(row),
            "type": "no_show" if absent else "result",
            "application_no": number,
            "stage": stage,
            "occurred_at": moment,
            "score": score,
            "dimensions": {name: told for name, told in points.items() if told is not None},
            "report_url": row[URL] or None,
        }
        try:
            return recruiting.result_of(item)
        except Malformed as wrong:
            why = WHY.get((wrong.where, wrong.what)) or f"{wrong.where} 不对"
            raise Refused(why) from None

    def finish(self, session: Session) -> None:
        """For how many no application is known yet."""
        waiting = recruiting.result_counts(session).get("waiting", 0)
        if waiting:
            self.work.report.told.append(f"有 {waiting} 条结果还没有对应的应聘编号，登记应聘时会自动记入")


def _event_of(row: Mapping[str, str]) -> str:
    """An id for a row without one: the same row again is the same event."""
    plain = "\0".join(f"{name}={value}" for name, value in sorted(row.items()))
    return f"import-{hashlib.sha256(plain.encode()).hexdigest()[:32]}"


def _moment(text: str) -> str:
    said = unicodedata.normalize("NFKC", text).strip().replace("/", "-")
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise Refused(f"看不懂时间「{text[:20]}」，写成 2026-03-09 09:30") from None
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).isoformat()


NEEDED = (NUMBER, STAGE, MOMENT, SCORE)
OPTIONAL = (KIND, EVENT, URL)
COLUMNS = frozenset({*NEEDED, *OPTIONAL})
RESULTS = Kind(
    NEEDED,
    OPTIONAL,
    ("A17", "AI面试", "2026-03-09 09:30", "82.5", "", "", ""),
    Results,
    further=True,
    batch=BATCH,
)
