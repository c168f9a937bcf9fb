"""The directory sync: reads departments and members from WeCom, piece by piece, and lets ours follow."""

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.channels.base import ApiError, Unreachable
from bot.channels.errors import Fault, fault_in
from bot.channels.wecom import WeComClient
from bot.clock import Clock
from bot.database import Database
from bot.errands import PIECE_SECONDS
from bot.posting import Posting
from bot.reporting import Reporting
from jobs.base import Notice
from models import directory, staff
from models.directory import (
    ChangeKind,
    Department,
    DepartmentState,
    Details,
    DirectoryRun,
    MemberState,
    Source,
    Stage,
)
from models.messaging import Channel
from models.policy import Policy
from models.staff import Role

THREADS = 12
"""How many calls about single members and departments are under way at once."""
CALLS_AT_ONCE = 96
PAGE = 1000
"""Rows of one page of the list of members."""
PEOPLE_AT_ONCE = 40
"""Members in one transaction: others write in between."""
CHANGES_AT_ONCE = 24
NAMES_TOLD = 10

UNKNOWN_MEMBER = frozenset({40003, 50002, 60011, 60021, 60111, 92000})
"""Not there, or out of the app's visible range: the platform does not say which."""
UNKNOWN_DEPARTMENT = frozenset({60003, 60123})
HIDDEN_DEPARTMENT = frozenset({50002, 60011, 60021, 92000})
TOO_LARGE = 45029
NO_ASSISTANT = 48009
"""Only apps may ask this; the contact-sync assistant may not."""
PASSING = frozenset({Fault.TRANSIENT, Fault.QUOTA})
CHANGED = ("new", "changed", "back", "left", "units_new", "units_changed", "units_closed")

T = TypeVar("T")

log = structlog.get_logger("directory")


class DirectorySync:
    """The errand that reads the directory; how far it has come stands in the database alone."""

    name = "directory"

    def __init__(
        self,
        database: Database,
        posting: Posting,
        reporting: Reporting,
        clock: Clock,
        policy: Policy,
        app: WeComClient,
        contacts: WeComClient | None,
        *,
        agent_id: int,
    ) -> None:
        self._agent_id = agent_id
        self._database = database
        self._posting = posting
        self._reporting = reporting
        self._clock = clock
        self._policy = policy
        self._app = app
        self._contacts = contacts
        self._me = secrets.token_hex(8)
        self._stages: Mapping[str, Callable[[DirectoryRun], None]] = {
            Stage.DEPARTMENTS: self._list_departments,
            Stage.NAMES: self._name_departments,
            Stage.MEMBERS: self._list_members,
            Stage.DETAILS: self._read_members,
            Stage.UNITS: self._apply_departments,
            Stage.PEOPLE: self._apply_members,
            Stage.LEAVERS: self._apply_leavers,
        }

    @property
    def source(self) -> Source:
        """Whose list of members there is."""
        return Source.APP if self._contacts is None else Source.CONTACTS

    def start(self, *, accept_leavers: bool = False) -> int:
        """Begin a run, or join the one under way; its number."""
        begin = directory.accept if accept_leavers else directory.start
        with self._database.writing() as session:
            return begin(session, at=self._clock.now()).id

    def is_due(self) -> bool:
        """Whether there is something to read, and no other process is at it."""
        with self._database.reading() as session:
            return directory.anything_due(session, holder=self._me, now=self._clock.now())

    def step(self) -> None:
        """Read again what the platform told of, then go on with the run under way.

        Raises:
            ApiError, Unreachable: the platform is busy or out of reach; it goes on from here later.
        """
        trouble = None
        try:
            self._read_changes()
        except ApiError as error:
            if fault_in(Channel.WECOM, error) in PASSING:
                raise
            trouble = error  # the run meets the same, ends, and says so
        until = time.monotonic() + PIECE_SECONDS
        while (run := self._claimed()) is not None:
            self._piece(run)
            if time.monotonic() > until:
                break
        _raise(trouble)

    def _piece(self, run: DirectoryRun) -> None:
        try:
            self._stages[run.stage](run)
        except ApiError as error:
            if fault_in(Channel.WECOM, error) in PASSING:
                raise
            self._fail(error)

    def _claimed(self) -> DirectoryRun | None:
        """The run under way, unless another process has it."""
        with self._database.writing() as session:
            return directory.claim(session, holder=self._me, at=self._clock.now())

    def _keep(self, keep: Callable[[Session, DirectoryRun], None]) -> None:
        """Keep what came of a piece, unless another process has taken the run over meanwhile."""
        with self._database.writing() as session:
            run = directory.claim(session, holder=self._me, at=self._clock.now())
            if run is not None:
                keep(session, run)

    def _fail(self, error: ApiError) -> None:
        log.error("directory_failed", code=error.code, error=error.message)
        now = self._clock.now()

        def keep(session: Session, run: DirectoryRun) -> None:
            directory.fail(session, run, error=str(error), at=now)
            self._reporting.report_refusal(session, Channel.WECOM, error.code, error.message, now)

        self._keep(keep)

    # --- reading -------------------------------------------------------------------------------------

    def _list_departments(self, _: DirectoryRun) -> None:
        told = (self._contacts or self._app).get("department/simplelist")
        rows = [Department(int(one["id"]), int(one["parentid"])) for one in told.get("department_id") or []]

        def keep(session: Session, run: DirectoryRun) -> None:
            directory.note_departments(session, run, rows, source=self.source)
            if run.source == Source.APP:
                directory.note_known_departments(session, run)
            directory.go_on(session, run, Stage.NAMES)

        self._keep(keep)

    def _name_departments(self, run: DirectoryRun) -> None:
        with self._database.reading() as session:
            ids = directory.unnamed(session, run_id=run.id, limit=CALLS_AT_ONCE)
        found, trouble = self._ask(ids, self._department)

        def keep(session: Session, run: DirectoryRun) -> None:
            directory.note_department_names(session, run, found)
            if not ids:
                directory.go_on(session, run, Stage.MEMBERS)

        self._keep(keep)
        _raise(trouble)

    def _list_members(self, run: DirectoryRun) -> None:
        if run.source == Source.CONTACTS and self._contacts is not None:
            self._list_corp(self._contacts, run)
        else:
            self._list_range(run)

    def _list_corp(self, contacts: WeComClient, run: DirectoryRun) -> None:
        """A page of everybody in the corp."""
        told = contacts.post("user/list_id", data={"cursor": run.cursor, "limit": PAGE})
        rows = [(str(one["userid"]), int(one["department"])) for one in told.get("dept_user") or []]
        cursor = str(told.get("next_cursor") or "")

        def keep(session: Session, run: DirectoryRun) -> None:
            directory.note_listed(session, run, rows, cursor=cursor)
            if not cursor:
                directory.go_on(session, run, Stage.DETAILS)

        self._keep(keep)

    def _list_range(self, run: DirectoryRun) -> None:
        """The next department of the app's visible range; at the end whoever is in it by name."""
        with self._database.reading() as session:
            after = int(run.cursor or 0)
            ids = directory.department_ids(session, run_id=run.id, after=after, limit=1)
        found = self._department_members(ids[0]) if ids else {}
        names = list(found) if ids else self._named_members()

        def keep(session: Session, run: DirectoryRun) -> None:
            cursor = str(ids[0]) if ids else run.cursor
            directory.note_listed(session, run, [(name, None) for name in names], cursor=cursor)
            details = {name: told for name, told in found.items() if told is not None}
            directory.note_details(session, run, details)
            if not ids:
                directory.go_on(session, run, Stage.DETAILS)

        self._keep(keep)

    def _department_members(self, department: int) -> dict[str, Details | None]:
        """Who is in a department; without details where the answer would be too large."""
        params = {"department_id": department}
        try:
            told = self._app.get("user/list", params=params)
        except ApiError as error:
            if error.code != TOO_LARGE:
                raise
            told = self._app.get("user/simplelist", params=params)
            return {str(one["userid"]): None for one in told.get("userlist") or []}
        return {str(one["userid"]): details_of(one) for one in told.get("userlist") or []}

    def _named_members(self) -> list[str]:
        """Whom the console names one by one in the app's visible range."""
        told = self._app.get("agent/get", params={"agentid": self._agent_id})
        return [str(one["userid"]) for one in (told.get("allow_userinfos") or {}).get("user") or []]

    def _read_members(self, run: DirectoryRun) -> None:
        with self._database.reading() as session:
            members = directory.listed(session, run_id=run.id, state=MemberState.LISTED, limit=CALLS_AT_ONCE)
            userids = [member.userid for member in members]
        found, trouble = self._ask(userids, self._member)

        def keep(session: Session, run: DirectoryRun) -> None:
            directory.note_details(session, run, found)
            if not userids:
                self._look_at_leavers(session, run)

        self._keep(keep)
        _raise(trouble)

    def _member(self, userid: str) -> Details | MemberState:
        try:
            return details_of(self._app.get("user/get", params={"userid": userid}))
        except ApiError as error:
            if error.code in UNKNOWN_MEMBER:
                return MemberState.HIDDEN
            raise

    def _department(self, id_: int) -> Department | DepartmentState:
        try:
            told = self._app.get("department/get", params={"id": id_})["department"]
        except ApiError as error:
            if error.code in UNKNOWN_DEPARTMENT:
                return DepartmentState.GONE
            if error.code in HIDDEN_DEPARTMENT:
                return DepartmentState.HIDDEN
            raise
        name = str(told.get("name") or "")[:100]
        return Department(id_, int(told["parentid"]), name) if name else DepartmentState.HIDDEN

    @staticmethod
    def _ask(keys: Collection[Any], ask: Callable[[Any], T]) -> tuple[dict[Any, T], Exception | None]:
        """What was said about each, asked at once; and the first trouble, if there was any."""
        found: dict[Any, T] = {}
        trouble: Exception | None = None
        with ThreadPoolExecutor(THREADS) as pool:
            asked: dict[Any, Future[T]] = {key: pool.submit(ask, key) for key in keys}
            for key, future in asked.items():
                try:
                    found[key] = future.result()
                except (ApiError, Unreachable) as error:
                    trouble = trouble or error
                    for other in asked.values():
                        other.cancel()
                except CancelledError:
                    continue
        return found, trouble

    # --- following -----------------------------------------------------------------------------------

    def _look_at_leavers(self, session: Session, run: DirectoryRun) -> None:
        """Go on, unless so many would leave that somebody has to look first."""
        now, policy = self._clock.now(), self._policy.directory
        too_many = directory.too_many_leavers(session, run, at=now, policy=policy)
        if run.accepts_leavers or not (too_many or run.total == 0):
            directory.go_on(session, run, Stage.UNITS)
            return
        leaving = len(directory.leavers(session, run, at=now))
        directory.stop(session, run, leaving=leaving, at=now)
        log.error("directory_stopped", leaving=leaving)
        values = {"leaving": leaving, "source": run.source, "total": run.total}
        self._tell(session, run, "directory/stopped", values)

    def _apply_departments(self, _: DirectoryRun) -> None:
        def keep(session: Session, run: DirectoryRun) -> None:
            directory.apply_departments(session, run, at=self._clock.now(), policy=self._policy.directory)
            directory.go_on(session, run, Stage.PEOPLE)

        self._keep(keep)

    def _apply_members(self, _: DirectoryRun) -> None:
        def keep(session: Session, run: DirectoryRun) -> None:
            now, policy = self._clock.now(), self._policy.directory
            if not directory.apply_members(session, run, limit=PEOPLE_AT_ONCE, at=now, policy=policy):
                directory.go_on(session, run, Stage.LEAVERS)

        self._keep(keep)

    def _apply_leavers(self, _: DirectoryRun) -> None:
        def keep(session: Session, run: DirectoryRun) -> None:
            now = self._clock.now()
            if directory.apply_leavers(session, run, limit=PEOPLE_AT_ONCE, at=now) < PEOPLE_AT_ONCE:
                directory.finish(session, run, at=now)
                self._tell_of_changes(session, run)

        self._keep(keep)

    def _tell_of_changes(self, session: Session, run: DirectoryRun) -> None:
        """One notice to the administrators after a run that changed something."""
        log.info("directory_synced", run=run.id, **run.counts)
        if not any(run.counts.get(name) for name in CHANGED):
            return
        now = self._clock.now()
        without = directory.people_without_post(session, at=now, limit=NAMES_TOLD)
        names = [employee.name for employee in without]
        self._tell(session, run, "directory/finished", {"counts": run.counts, "names": names})

    def _tell(self, session: Session, run: DirectoryRun, block: str, values: dict[str, Any]) -> None:
        """Tell the administrators; where there is none yet, the maintainers."""
        now, key = self._clock.now(), f"directory:{run.id}:{run.state}"
        admins = staff.holders(session, Role.ADMIN, unit_id=None, at=now)
        notices = [Notice(admin, block, values) for admin in admins]
        self._posting.post_notices(session, key, notices, now)
        if not admins:
            self._reporting.tell_maintainers(session, key, block, values, now)

    # --- single changes ------------------------------------------------------------------------------

    def _read_changes(self) -> None:
        """Read again whom the platform told of; the rows go with what was found.

        Raises:
            ApiError, Unreachable: not now; the rows stay.
        """
        with self._database.reading() as session:
            changes = directory.pending_changes(session, limit=CHANGES_AT_ONCE)
        if not changes:
            return
        members = {change.new_key or change.key for change in changes if change.kind == ChangeKind.MEMBER}
        departments = {int(change.key) for change in changes if change.kind == ChangeKind.DEPARTMENT}
        people, trouble = self._ask(members, _or_nothing(self._member))
        _raise(trouble)
        units, trouble = self._ask(departments, _or_nothing(self._department))
        _raise(trouble)
        with self._database.writing() as session:
            directory.apply_changes(
                session,
                [change.id for change in changes],
                members={userid.lower(): told for userid, told in people.items() if told is not None},
                departments={number: told for number, told in units.items() if told is not None},
                at=self._clock.now(),
                policy=self._policy.directory,
            )


def details_of(told: Mapping[str, Any]) -> Details:
    """What is kept of what user/get says: no phone, no address, whatever the platform still gives."""
    departments = _numbers(told.get("department"))
    leads = _numbers(told.get("is_leader_in_dept"))
    main = int(told.get("main_department") or 0) or (departments[0] if departments else 0)
    return Details(
        userid=str(told["userid"]),
        name=str(told.get("name") or "")[:100],
        position=str(told.get("position") or "")[:100],
        departments=departments,
        main_department=main,
        leads=frozenset(number for number, lead in zip(departments, leads, strict=False) if lead),
        status=int(told.get("status") or 0),
    )


def _numbers(told: Iterable[Any] | None) -> tuple[int, ...]:
    return tuple(int(one) for one in told or ())


def _or_nothing(ask: Callable[[Any], T]) -> Callable[[Any], T | None]:
    """The same, with nothing where the platform will not hear of this one: it must not hold up the others."""

    def asking(key: Any) -> T | None:
        try:
            return ask(key)
        except ApiError as error:
            if error.code == NO_ASSISTANT or fault_in(Channel.WECOM, error) is not Fault.CONTENT:
                raise
            log.warning("directory_change_dropped", code=error.code, error=error.message)
            return None

    return asking


def _raise(trouble: Exception | None) -> None:
    if trouble is not None:
        raise trouble
