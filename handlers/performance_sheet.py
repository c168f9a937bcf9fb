"""业绩表: everybody's figures as a file, with the payments that the recovered amounts were made from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.base import Attachment, Context, Later, Part, Reply, Router
from handlers.performance_questions import (
    Several,
    Subject,
    around,
    asked_again,
    asked_by,
    key_of,
    names_of,
    of_table,
    said,
    subject_of,
    which,
)
from jobs.spreadsheet import Cell, Sheet, attached
from models import cases, performance
from models.base import in_chunks
from models.cases import Listed
from models.performance import CATALOGUE, SEE, Asked, Figure, Record, Report
from models.staff import Employee, Unit

router = Router(texts="performance_sheet")

MOST_PAID = 50_000
"""More payments than this are not listed in one file: it would not open on a phone."""
PAID = performance.FIRST[0]


@router.command("业绩表", "业绩报表", "业绩表格", "业绩月表", "业绩月报", "绩效表", may=SEE, takes_args=True)
@router.sentence(
    "performance_sheet",
    "<look>? {who}? <figures_table>",
    "<look>? {who}? <period> <figures_table>",
    "<look>? <period> {who}? <figures_table>",
    "<figures_table> {who}",
    anywhere=("{filter}", "<period>", "<everybody>"),
    may=SEE,
)
def show(ctx: Context) -> list[Part]:
    """业绩做成表格，如「业绩表 二组 十月」"""
    question = asked_by(ctx, of_table(said(ctx)))
    question = question if ctx.args else replace(question, rest="", unclear="")
    if question.unclear:
        return [Reply("performance/which_time", said=question.unclear)]
    if question.window.first > ctx.now.date():
        return [Reply("performance/ahead", window=question.window)]
    subject = subject_of(ctx, question)
    if isinstance(subject, Several):
        return [which(ctx, subject, Asked(question.window, bucket=question.bucket), "performance_sheet")]
    return _table(ctx, subject, Asked(question.window, bucket=question.bucket))


@router.tap("performance_sheet", may=SEE)
def tapped(ctx: Context) -> list[Part]:
    """点卡片要业绩表"""
    found = asked_again(ctx, ctx.args)
    if found is None:
        return [Reply("common/stale_key")]
    return _table(ctx, found[0], Asked(found[1].window, bucket=found[1].bucket))


def _table(ctx: Context, subject: Subject, asked: Asked) -> list[Part]:
    """What the table is about in a few words; the file a moment later."""
    report = performance.report_of(around(ctx), subject, asked, actor=ctx.employee)
    reply = Reply(
        "table",
        who=subject.name,
        v=report.view,
        paid=report.total.get(PAID),
        name=names_of(ctx)[PAID],
        now=ctx.now,
    )
    if not report.rows:
        return [reply]
    performance.note_export(ctx.session, actor=ctx.employee, report=report, at=ctx.now)
    return [reply, Later("performance_sheet", {"asked": key_of(subject, asked)})]


@router.later("performance_sheet", may=SEE)
def sheet(ctx: Context) -> Reply | Attachment:
    """The file: values, what they are made from, the payments, and how everything is counted."""
    found = asked_again(ctx, ctx.arguments["asked"])
    if found is None:
        return Reply("common/stale_key")
    subject, asked, _ = found
    report = performance.report_of(around(ctx), subject, asked, actor=ctx.employee)
    paid = performance.paid_behind(around(ctx), report)
    words = {
        **ctx.words("performance_pictures/signs"),
        **ctx.words(
            "performance_sheet/sheet_words",
            who=subject.name,
            v=report.view,
            me=ctx.employee,
            now=ctx.now,
            paid=len(paid),
            most=MOST_PAID,
        ),
    }
    names = names_of(ctx)
    who = _Who(ctx, report)
    sheets = [
        _values(ctx, report, who, words, names),
        _parts(report, who, words, names),
        _paid(ctx, paid, who, words),
        _measures(ctx, report, words, names),
    ]
    return attached(words["file"], sheets, at=ctx.now)


class _Who:
    """The first cells of a row: number, name, unit and role of somebody."""

    def __init__(self, ctx: Context, report: Report) -> None:
        self._roles = ctx.policy.rights.roles
        ids = {one.unit_id for one, _ in report.rows if one.unit_id is not None}
        self._units = {id_: ctx.session.get_one(Unit, id_).name for id_ in ids}

    def cells(self, person: Employee) -> Sequence[Cell]:
        unit = "" if person.unit_id is None else self._units[person.unit_id]
        return (person.number or "", person.name, unit, self._roles[person.role].name)


def _values(
    ctx: Context, report: Report, who: _Who, words: Mapping[str, str], names: Mapping[str, str]
) -> Sheet:
    """One row a person, the measures as columns; the last row is what they reach together. Over a month the
    last column names what follows from the quality of the work."""
    view = report.view
    followed: dict[int, list[str]] = {}
    if view.bucket is None:
        for one in performance.earned(around(ctx), view.people, view.window):
            followed.setdefault(one.person.id, []).append(one.rule.name)
    rules = view.window.months == 1 and view.bucket is None

    def row(start: Sequence[Cell], own: Mapping[str, Figure]) -> Sequence[Cell]:
        return (*start, *(own[code].value for code in report.measures))

    rows: list[Sequence[Cell]] = [
        (*row(who.cells(person), own), *([words["and"].join(followed.get(person.id, ()))] if rules else ()))
        for person, own in report.rows
    ]
    rows.append(row((words["total"], "", "", ""), report.total))
    head = [*words["who"].split("|"), *(_called(code, words, names) for code in report.measures)]
    head += [words["rules"]] if rules else []
    notes = [words["made"], words["as_of"], words["empty"]]
    return Sheet(words["values"], head, rows, notes=notes, widths=(10, 12, 14, 10))


def _called(code: str, words: Mapping[str, str], names: Mapping[str, str]) -> str:
    sign = words.get(CATALOGUE[code].unit, "")
    return f"{names[code]}{sign}"


def _parts(report: Report, who: _Who, words: Mapping[str, str], names: Mapping[str, str]) -> Sheet:
    """What is counted and over what it is counted, of each person: the last row is the sum of the others."""
    columns = [
        (code, over)
        for code in report.measures
        for over in (False, True)
        if not over or CATALOGUE[code].denominator or CATALOGUE[code].live
    ]

    def row(start: Sequence[Cell], own: Mapping[str, Figure]) -> Sequence[Cell]:
        return (*start, *(_part(own[code], over=over) for code, over in columns))

    rows = [row(who.cells(person), own) for person, own in report.rows]
    rows.append(row((words["sum"], "", "", ""), report.total))
    head = [
        *words["who"].split("|"),
        *(f"{names[code]} {words['over' if over else 'counted']}" for code, over in columns),
    ]
    return Sheet(words["parts"], head, rows, notes=[words["parts_note"]], widths=(10, 12, 14, 10))


def _part(figure: Figure, *, over: bool) -> Cell:
    """A number of things, or yuan."""
    amount = (figure.denominator or 0) if over else figure.numerator
    terms = CATALOGUE[figure.measure].denominator if over else CATALOGUE[figure.measure].numerator
    return amount / 100 if any(term.money for term in terms) else amount


def _paid(
    ctx: Context, paid: Sequence[tuple[Employee, Record]], who: _Who, words: Mapping[str, str]
) -> Sheet:
    """Every payment and reversal that the recovered amounts were added up from."""
    if len(paid) > MOST_PAID:
        return Sheet(words["paid"], (), (), notes=[words["too_many"]])
    numbers = sorted({record.case_id for _, record in paid if record.case_id})
    known: dict[int, Listed] = {
        one.number: one for some in in_chunks(numbers) for one in cases.listed(ctx.session, list(some))
    }
    rows: list[Sequence[Cell]] = [
        (
            *who.cells(person)[:2],
            record.day,
            record.id,
            record.case_id,
            known[record.case_id].name if record.case_id in known else "",
            record.value / 100,
        )
        for person, record in paid
    ]
    rows.append((words["sum"], "", None, None, None, "", sum(record.value for _, record in paid) / 100))
    head = words["paid_head"].split("|")
    return Sheet(words["paid"], head, rows, notes=[words["paid_note"]], widths=(10, 12, 12, 10, 10, 10, 14))


def _measures(ctx: Context, report: Report, words: Mapping[str, str], names: Mapping[str, str]) -> Sheet:
    """How each measure is counted, by which version of it."""
    formulas = ctx.words("performance_words/formulas")
    rows = [(names[code], formulas[code], CATALOGUE[code].version) for code in report.measures]
    return Sheet(words["measures"], words["measures_head"].split("|"), rows, widths=(16, 70, 8))
