"""A risk list from a table: whoever stands on it is not followed up any more (S4-21, S4-32)."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from bot.database import Database
from bot.importing import cells
from bot.importing.base import Kind, Work
from bot.importing.cells import Refused, folded
from bot.sheets import Line
from models import contact

KIND, NAME, ID_NUMBER, PHONE, SOURCE = "类型", "姓名", "身份证号", "手机号", "来源"


class Risks:
    """Enters the lines of a list, and compares each with the debtors there are."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._kinds = {
            folded(word): code
            for code, name in work.policy.contact.risk_kinds.items()
            for word in (code, name)
        }
        self._stopped = self._suspected = 0

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """Enter some lines."""
        work = self.work
        with work.stage("write"), database.writing() as session:
            new = []
            for number, row in lines:
                try:
                    entry = self._enter(session, row)
                except Refused as refused:
                    work.report.refuse(number, row, str(refused))
                    continue
                if entry.added_at == work.at:
                    work.report.new += 1
                    new.append(entry.id)
                else:
                    work.report.unchanged += 1
            for hit in contact.rescreen(session, entry_ids=new, at=work.at):
                self._stopped += hit.certain
                self._suspected += not hit.certain

    def _enter(self, session: Session, row: Mapping[str, str]) -> contact.RiskEntry:
        kind = self._kinds.get(folded(row[KIND]))
        if kind is None:
            raise Refused(f"类型只能是：{'、'.join(self.work.policy.contact.risk_kinds.values())}")
        if not row[SOURCE]:
            raise Refused("来源没有填：写名单从哪里来，如 最高法失信名单 2026-03")
        phone, id_number = cells.phone(row[PHONE]), cells.id_number(row[ID_NUMBER])
        if not (row[NAME] or phone or id_number):
            raise Refused("姓名、身份证号、手机号至少要填一个")
        return contact.add_risk(
            session,
            kind=kind,
            source=row[SOURCE],
            name=row[NAME],
            id_number=id_number,
            number=phone,
            at=self.work.at,
            policy=self.work.policy,
        )

    def finish(self, _session: Session) -> None:
        """Say whom it hit."""
        if self._stopped or self._suspected:
            self.work.report.told.append(
                f"名单上有 {self._stopped} 位是我们的客户，已停止联系；"
                f"还有 {self._suspected} 位只是同名，等合规判断"
            )


RISK = Kind(
    (KIND, SOURCE),
    (NAME, ID_NUMBER, PHONE),
    ("失信名单", "最高法失信名单 2026-03", "张三", "11010519491231002X", ""),
    Risks,
)
