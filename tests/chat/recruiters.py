"""The branch that hires, as HR sees it, with the phones of its HR, its interviewers and who applied."""

from typing import Any

from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from jobs.requests import tell_handed_in
from models import staff
from models.recruiting import RemedialRequest
from models.staff import Role
from tests.chat.applicants import Office
from tests.simulator import Member, Messenger, TestClock


class Recruiters(Office):
    """The branch with phones; `recruiters["north"]` is who has that account."""

    def __init__(self, muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> None:
        super().__init__(muster, client, messenger, clock)
        self.client = client

    def __getitem__(self, account: str) -> Member:
        return self.member(account)

    def joins(self, account: str, name: str, role: Role, unit: str = "城北分公司") -> None:
        """Somebody more works here."""
        with self.writing() as session:
            there = staff.find_unit(session, unit)
            assert there is not None
            staff.add_employee(session, wecom_id=account, name=name, role=role, unit=there)

    def asks_again(self, application: int, kind: str = "remedial") -> int:
        """Who missed it hands a request in, and HR hears of it; the number of the request."""
        self.candidate(application).says("帮助")
        self.candidate(application).reads()
        request = self.hands_in(application, kind)
        with self.writing() as session:
            row = session.get_one(RemedialRequest, request)
            told = tell_handed_in(session, row, self.now, self.policy)
            self.muster.posting.post_notices(session, f"test:{request}", told, self.now)
        self.muster.outbox.drain()
        return request

    def calls(self, account: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """(status, result) of a call of the API."""
        headers = {"Authorization": f"Bearer {Tokens(self.muster).issue(account)}"}
        told = self.client.open(f"/api/v1{path}", method=method, json=body or None, headers=headers)
        return told.status_code, told.get_json().get("result")

    def state_of(self, request: int) -> str:
        """How far a request is."""
        with self.muster.database.reading() as session:
            return str(session.get_one(RemedialRequest, request).state)
