"""材料, 我的材料, 健康证明, and the pictures, voices and videos that people send."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base import Attachment, AttachmentKind, Audience, Context, Part, Reply, Router, to_confirm
from handlers.meant import words_asked_for
from handlers.parsing import read_verdict
from models import candidates, cases, fieldwork, files, proposals, recruiting, staff
from models.errors import DomainError, NotPermitted
from models.files import FileKind, Opened, StoredFile
from models.messaging import Channel
from models.proposals import ProposalState
from models.recruiting import RemedialRequest
from models.staff import Employee, Person

router = Router(texts="files")

CASES = 6
"""So many cases are offered for a file."""
PAGE = 5
"""A card takes six buttons; the last one leads on."""


@dataclass(frozen=True)
class Verdict:
    """What became of a health proof."""

    passed: bool


# --- what people send ------------------------------------------------------------------------------------


@router.event("image_message")
@router.event("video_message")
def photo_of_employee(ctx: Context) -> Reply:
    """员工发来图片或视频"""
    return _take(ctx, FileKind.PHOTO)


@router.event("voice_message")
def voice_of_employee(ctx: Context) -> Reply:
    """员工发来语音"""
    return _take(ctx, FileKind.VOICE)


def _take(ctx: Context, kind: FileKind) -> Reply:
    assert ctx.message is not None
    if not ctx.employee.posts:
        return Reply("common/without_post", employee=ctx.employee)
    ticket = _ask(ctx, kind)
    homework = words_asked_for(ctx, "hand_in_homework", ctx.policy.training.homework_minutes)
    if kind == FileKind.PHOTO and homework is not None and homework.state == ProposalState.OPEN:
        return Reply("homework/picture_taken")
    visit = fieldwork.visit_going_on(ctx.session, ctx.employee.id)
    if visit is not None and visit.day == ctx.now.date() and kind == FileKind.PHOTO:
        [one] = fieldwork.seen(ctx.session, [visit], at=ctx.now, policy=ctx.policy.fieldwork)
        return Reply("visits/photo_of", ticket=ticket, one=one)
    held = cases.agenda(ctx.session, owner_id=ctx.employee.id, at=ctx.now).items
    if held:
        return Reply("which_case", kind=ctx.message.kind, ticket=ticket, cases=held[:CASES])
    return Reply("taken", kind=ctx.message.kind)


@router.event("image_message", audience=Audience.CANDIDATE)
@router.event("video_message", audience=Audience.CANDIDATE)
def picture_of_candidate(ctx: Context) -> Reply:
    """候选人发来图片或视频，问是什么"""
    assert ctx.message is not None
    ticket = _ask(ctx, FileKind.UNSORTED)
    request = _request(ctx)
    if request is not None:
        recruiting.attach(ctx.session, person=ctx.candidate, request_id=request.id, ticket=ticket, at=ctx.now)
    return Reply("what_is_it", ticket=ticket, kind=ctx.message.kind, request=request)


@router.event("voice_message", audience=Audience.CANDIDATE)
def voice_of_candidate(ctx: Context) -> Reply:
    """候选人发来语音"""
    _ask(ctx, FileKind.VOICE)
    return Reply("taken", kind=FileKind.VOICE)


def _ask(ctx: Context, kind: FileKind) -> str:
    """Have it fetched; the ticket by which buttons name it."""
    assert ctx.message is not None
    fetch = files.ask_for(
        ctx.session,
        actor=_me(ctx),
        channel=Channel(ctx.message.account),
        media_id=str(ctx.message.fields["MediaId"]),
        kind=kind,
        at=ctx.now,
        policy=ctx.policy,
    )
    return fetch.ticket


@router.tap("file_kind", audience=Audience.CANDIDATE)
def say_kind(ctx: Context) -> Reply:
    """候选人说明文件是什么"""
    ticket, _, said = ctx.args.partition(":")
    kind = FileKind(said) if said in set(FileKind) else FileKind.UNSORTED
    files.choose_kind(
        ctx.session, actor=ctx.candidate, ticket=ticket, kind=kind, at=ctx.now, policy=ctx.policy
    )
    return Reply("sorted", kind=kind, request=_request(ctx))


def _request(ctx: Context) -> RemedialRequest | None:
    """The request of a candidate that is not decided: what they send belongs to it."""
    if candidates.root_of(ctx.session, ctx.candidate).name is None:
        return None
    return recruiting.newest_request(ctx.session, person=ctx.candidate)


# --- one's own -------------------------------------------------------------------------------------------


@router.command("我的材料", "我的文件", "我的照片")
@router.command("我的材料", "我的文件", "我的照片", "材料", audience=Audience.CANDIDATE)
@router.tap("my_files")
@router.tap("my_files", audience=Audience.CANDIDATE)
def my_files(ctx: Context) -> Reply:
    """看自己发过的照片和材料"""
    found = files.own_files(ctx.session, actor=_me(ctx))
    page, start, more = _page(found, ctx.args)
    return Reply("mine", files=page, start=start, total=len(found), more=more)


@router.tap("file_delete")
@router.tap("file_delete", audience=Audience.CANDIDATE)
def ask_deletion(ctx: Context) -> Reply:
    """问清楚要不要删自己的文件"""
    file = files.own_file(ctx.session, actor=_me(ctx), id_=_number(ctx.args))
    return Reply("confirm_deletion", file=file)


@router.tap("file_delete_now")
@router.tap("file_delete_now", audience=Audience.CANDIDATE)
def delete_mine(ctx: Context) -> Reply:
    """删掉自己的文件"""
    files.delete_own(ctx.session, actor=_me(ctx), id_=_number(ctx.args), at=ctx.now)
    return Reply("deleted")


# --- of others -------------------------------------------------------------------------------------------


@router.command("材料", "看材料", "查材料", may="files.see", takes_args=True)
@router.endpoint("GET", "/people/<account>/files", may="files.see")
def list_files(ctx: Context) -> Reply:
    """看某人的材料和照片，如「材料 张三」"""
    return _list_of(ctx, ctx.path.get("account", ctx.args))


@router.endpoint("GET", "/candidates/<int:id>/files", may="files.see")
def list_files_of_candidate(ctx: Context) -> Reply:
    """看候选人的材料"""
    return _list_of(ctx, f"candidate:{ctx.path['id']}")


def _list_of(ctx: Context, asked: str) -> Reply:
    people = _found(ctx, "files.see", asked)
    if len(people) != 1:
        return Reply("whose", asked=asked, people=people, data={"files": []})
    return _list(ctx, people[0], "")


@router.tap("file_more", may="files.see")
def list_more_files(ctx: Context) -> Reply:
    """看更早的材料"""
    subject, _, start = ctx.args.rpartition(":")
    person = files.person_of(ctx.session, subject)
    if person is None:
        raise files.FileGone()
    return _list(ctx, person, start)


def _list(ctx: Context, person: Person, start: str) -> Reply:
    found = files.visible_files(
        ctx.session,
        actor=ctx.employee,
        person=person,
        unit_ids=_units(ctx, person),
        at=ctx.now,
        policy=ctx.policy,
    )
    page, first, more = _page(found, start)
    data = {
        "files": [
            {
                "id": one.id,
                "kind": one.kind,
                "media_type": one.media_type,
                "size": one.size,
                "created_at": one.created_at,
            }
            for one in found
        ]
    }
    return Reply("listed", person=person, files=page, start=first, total=len(found), more=more, data=data)


@router.endpoint("POST", "/files/<int:id>/look", may="files.see")
@router.tap("file_show", may="files.see")
def show_file(ctx: Context) -> list[Part]:
    """把一个文件发给看的人"""
    id_ = _number(str(ctx.path.get("id", ctx.args)))
    file = files.find_file(ctx.session, id_)
    person = None if file is None else files.person_of(ctx.session, file.subject)
    if person is None:
        raise files.FileGone()
    try:
        opened = files.open_file(
            ctx.session,
            actor=ctx.employee,
            id_=id_,
            unit_ids=_units(ctx, person),
            at=ctx.now,
            policy=ctx.policy,
        )
    except NotPermitted as refusal:
        if _within(ctx, "files.see", person):
            raise
        raise files.FileGone() from refusal
    return [Reply("shown", file=opened.file, person=person), _attachment(opened)]


@router.command("健康证明", may="files.see_health", takes_args=True)
def propose_verdict(ctx: Context) -> Reply:
    """定健康证明，如「健康证明 通过 张三」"""
    passed, asked = read_verdict(ctx.args)
    if passed is None or not asked:
        return Reply("verdict_usage")
    return _verdict(ctx, asked, passed)


@router.endpoint("POST", "/people/<account>/health-proof", may="files.see_health", body=Verdict)
def post_verdict(ctx: Context) -> Reply:
    """定员工的健康证明：先得到 proposal，确认后才算"""
    return _verdict(ctx, ctx.path["account"], ctx.body.passed)


@router.endpoint("POST", "/candidates/<int:id>/health-proof", may="files.see_health", body=Verdict)
def post_verdict_of_candidate(ctx: Context) -> Reply:
    """定候选人的健康证明：先得到 proposal，确认后才算"""
    return _verdict(ctx, f"candidate:{ctx.path['id']}", ctx.body.passed)


def _verdict(ctx: Context, asked: str, passed: bool) -> Reply:
    people = _found(ctx, "files.see_health", asked)
    if len(people) != 1:
        return Reply("whose", asked=asked, people=people, data={"proposal": None})
    [person] = people
    proofs = files.proofs_to_decide(
        ctx.session,
        actor=ctx.employee,
        person=person,
        unit_ids=_units(ctx, person),
        at=ctx.now,
        policy=ctx.policy,
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="health_decision",
        arguments={"subject": person.subject, "passed": passed},
        at=ctx.now,
        minutes=ctx.policy.security.confirm_minutes,
    )
    days = ctx.policy.files.health_proof_days
    return Reply(
        "confirm_verdict",
        person=person,
        passed=passed,
        count=len(proofs),
        proposal=proposal,
        days=days,
        data=to_confirm(proposal),
    )


@router.confirmation("health_decision", may="files.see_health")
def decide(ctx: Context) -> Reply:
    """健康证明有了结论"""
    assert ctx.proposal is not None
    person = files.person_of(ctx.session, str(ctx.proposal.arguments["subject"]))
    if person is None:
        raise files.FileGone()
    passed = bool(ctx.proposal.arguments["passed"])
    decided = files.decide_health_proof(
        ctx.session,
        actor=ctx.employee,
        person=person,
        unit_ids=_units(ctx, person),
        passed=passed,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("decided", person=person, passed=passed, until=decided[0].delete_after)


def _found(ctx: Context, action: str, asked: str) -> Sequence[Person]:
    """Whom the words mean, of those within reach; nobody if there are no words.

    Raises:
        NobodyOfThatName: there is nobody, or not within reach: the two look the same.
    """
    if not asked.strip():
        return ()
    known = files.find_people(ctx.session, asked.strip(), at=ctx.now)
    found = [person for person in known if _within(ctx, action, person)]
    if not found:
        raise files.NobodyOfThatName(asked=asked.strip())
    return found


def _within(ctx: Context, action: str, person: Person) -> bool:
    allowed = staff.require(ctx.employee, action, ctx.policy.rights)
    if isinstance(person, Employee):
        return staff.covers_person(ctx.session, allowed, ctx.employee, person, at=ctx.now)
    return any(staff.covers_unit(ctx.session, allowed, unit_id) for unit_id in _units(ctx, person))


def _units(ctx: Context, person: Person) -> Sequence[int]:
    """Where the person belongs, or applied."""
    if isinstance(person, Employee):
        return files.units_of(ctx.session, person, at=ctx.now)
    return candidates.units_applied_to(ctx.session, person)


def _me(ctx: Context) -> Person:
    return ctx.employee if isinstance(ctx.me, Employee) else ctx.candidate


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 9 else 0


def _page(found: Sequence[StoredFile], start: str) -> tuple[Sequence[StoredFile], int, bool]:
    first = _number(start)
    return found[first : first + PAGE], first, len(found) > first + PAGE


_SHOWN_AS = {
    "image/png": AttachmentKind.IMAGE,
    "image/jpeg": AttachmentKind.IMAGE,
    "video/mp4": AttachmentKind.VIDEO,
    "audio/amr": AttachmentKind.VOICE,
}


def _attachment(opened: Opened) -> Attachment:
    """As what the phone shows it; as a file where it is too large or too long for that."""
    kind = _SHOWN_AS.get(opened.file.media_type, AttachmentKind.FILE)
    try:
        return Attachment(kind, opened.name, opened.content)
    except DomainError:
        return Attachment(AttachmentKind.FILE, opened.name, opened.content)
