"""放到, 案件材料: pictures and files that belong to a case."""

from dataclasses import dataclass
from datetime import timedelta

from handlers.base import Attachment, AttachmentKind, Context, Part, Reply, Router
from handlers.casewords import take_case
from handlers.meant import the_case
from jobs.case_cards import close_case_cards
from models import cases, files
from models.errors import DomainError
from models.files import Opened

router = Router(texts="case_files")

PAGE = 5
SENT_WITHIN = timedelta(days=1)
"""A file counts as just sent for so long."""
SHOWN_AS = {
    "image/png": AttachmentKind.IMAGE,
    "image/jpeg": AttachmentKind.IMAGE,
    "video/mp4": AttachmentKind.VIDEO,
    "audio/amr": AttachmentKind.VOICE,
}


@dataclass(frozen=True)
class Filed:
    """The ticket of a file that the asker has sent."""

    ticket: str


@router.command("放到", "放进", "放入", "归到", may="cases.work", takes_args=True)
def put(ctx: Context) -> list[Part]:
    """把刚发的图片放到案件，如「放到 1024」"""
    number, _ = take_case(ctx.args)
    if number is None:
        return [Reply("which_case")]
    ticket = files.newest_unfiled(ctx.session, actor=ctx.employee, since=ctx.now - SENT_WITHIN)
    if ticket is None:
        return [Reply("nothing_sent", number=number)]
    return _put(ctx, number, ticket)


@router.tap("file_case", may="cases.work")
def choose(ctx: Context) -> list[Part]:
    """点选图片放到哪个案件"""
    ticket, _, number = ctx.args.partition(".")
    return _put(ctx, int(number) if number.isdecimal() else 0, ticket)


@router.endpoint("POST", "/cases/<int:number>/files", may="cases.work", body=Filed)
def post_file(ctx: Context) -> list[Part]:
    """把发来的文件放到案件"""
    return _put(ctx, ctx.path["number"], ctx.body.ticket)


def _put(ctx: Context, number: int, ticket: str) -> list[Part]:
    case = the_case(ctx, "cases.work", number)
    kept = cases.file_into(
        ctx.session, actor=ctx.employee, case=case, ticket=ticket, at=ctx.now, policy=ctx.policy
    )
    return [*close_case_cards([case.id]), Reply("put", number=case.id, data={"file": kept.id})]


@router.command("案件材料", "案件文件", "案件照片", may="cases.see", takes_args=True)
@router.endpoint("GET", "/cases/<int:number>/files", may="cases.see")
def list_files(ctx: Context) -> Reply:
    """看案件里的图片和文件，如「案件材料 1024」"""
    number = ctx.path.get("number", take_case(ctx.args)[0])
    if number is None:
        return Reply("which_files")
    case = the_case(ctx, "cases.see", number)
    found = cases.files_of_case(ctx.session, case)
    return Reply(
        "listed",
        number=case.id,
        files=found[:PAGE],
        total=len(found),
        data={
            "files": [
                {"id": one.id, "media_type": one.media_type, "size": one.size, "created_at": one.created_at}
                for one in found
            ]
        },
    )


@router.tap("case_file", may="cases.see")
@router.endpoint("POST", "/case-files/<int:id>/look", may="cases.see")
def show_file(ctx: Context) -> list[Part]:
    """把案件里的一个文件发给看的人"""
    asked = str(ctx.path.get("id", ctx.args))
    opened, case = cases.open_case_file(
        ctx.session,
        actor=ctx.employee,
        file_id=int(asked) if asked.isdecimal() else 0,
        at=ctx.now,
        policy=ctx.policy,
    )
    return [Reply("shown", number=case.id, file=opened.file), _attachment(opened)]


def _attachment(opened: Opened) -> Attachment:
    """As what the phone shows it; as a file where it is too large or too long for that."""
    kind = SHOWN_AS.get(opened.file.media_type, AttachmentKind.FILE)
    try:
        return Attachment(kind, opened.name, opened.content)
    except DomainError:
        return Attachment(AttachmentKind.FILE, opened.name, opened.content)
