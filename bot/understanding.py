"""Ordinary sentences on their way to a handler: what they can refer to, and what was asked back."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.asking import ask_back
from handlers.base import Audience, Command, Context, Route, Router, Saying, Sentence
from handlers.meant import SENTENCE, unsealed
from handlers.sentences import (
    Ask,
    Books,
    Choice,
    Directory,
    Known,
    Pattern,
    Reading,
    Slots,
    Team,
    Times,
    Understood,
    World,
    conclude,
    pattern,
    read_answer,
    scattered,
    understand,
    unpack,
)
from models import attendance, proposals, staff
from models.cases import Case, Placement
from models.policy import Policy
from models.proposals import Proposal
from models.staff import Employee, Named, Unit

REACH = "people.see"
"""Whom somebody may see, they may name."""


class Understanding:
    """Reads what no command word answers."""

    def __init__(self, router: Router, policy: Policy) -> None:
        self._router = router
        self._policy = policy
        self._patterns: Sequence[Pattern] = [
            pattern(one.command, one.forms, anywhere=one.anywhere, needs=one.needs, remark=one.remark)
            for one in _said(router)
        ]
        self._by_command = {one.command: one for one in self._patterns}
        self._choosing = {
            said.word
            for said in router.sayings.values()
            if any("{filter}" in form for form in (*said.forms, *said.anywhere))
        }
        self._products: tuple[int, tuple[str, ...]] = (0, ())

    @property
    def commands(self) -> Collection[str]:
        """The names of all commands that sentences mean."""
        return self._by_command

    def read(self, ctx: Context, text: str) -> tuple[Route, Context] | None:
        """The handler of a sentence with its slots, or the one that asks back; None if it is none."""
        if not isinstance(ctx.me, Employee) or not ctx.me.posts:
            return None
        reading = understand(text, self._patterns, lambda: self.world(ctx), preferred=self._permitted(ctx.me))
        return None if reading is None else self._on(ctx, reading)

    def typed(self, ctx: Context, command: Command, args: str) -> Context:
        """What was typed behind a command's word; which cases it names, if the command can be said so.

        The other words stand in `ctx.slots.words`.
        """
        if not args or self._choosing.isdisjoint(command.words):
            return replace(ctx, args=args)
        world = self.world(ctx)
        found, words = scattered(args, world.times, world.books)
        return replace(ctx, args=args, slots=Slots(filter=found, words=words))

    def waiting(self, ctx: Context) -> Proposal | None:
        """The question that the person was asked last and has not answered."""
        if not isinstance(ctx.me, Employee):
            return None
        newest = proposals.newest_open(ctx.session, actor=ctx.me, at=ctx.now)
        return newest if newest is not None and newest.kind == SENTENCE else None

    def is_answer(self, ctx: Context, waiting: Proposal, text: str) -> bool:
        """Whether a text answers the question that waits."""
        slot = waiting.arguments["slot"]
        return slot != "command" and read_answer(text, slot, self.world(ctx)) is not None

    def go_on(self, ctx: Context, proposal: Proposal, choice: int | None, text: str) -> tuple[Route, Context]:
        """The sentence again, with the answer to what was asked; it may have to be asked for more.

        Raises:
            NotUnderstood: the answer fits nothing, or somebody it names is out of reach meanwhile.
        """
        kept = proposal.arguments
        world = self.world(ctx)
        seen = unsealed(ctx)
        if "sentence" in kept:
            ctx = replace(ctx, sentence=seen(kept["sentence"]))
        if kept["slot"] == "command":
            command = kept["choices"][choice or 0]["command"]
            said = seen(kept["said"])
            reading = understand(said, [self._by_command[command]], lambda: world)
            if reading is None:
                return self._lost(ctx)
            return self._on(ctx, reading)
        values = {slot: unpack(dict(value), world.directory, seen) for slot, value in kept["values"].items()}
        value = (
            read_answer(text, kept["slot"], world)
            if choice is None
            else unpack(dict(kept["choices"][choice]), world.directory, seen)
        )
        if value is None or None in values.values():
            return self._lost(ctx)
        values[kept["slot"]] = value
        return self._on(ctx, conclude(self._by_command[kept["command"]], values, world))

    def world(self, ctx: Context) -> World:
        """What the words of this person can refer to now."""
        me = ctx.employee
        shift = attendance.shift_of(ctx.session, me.id, ctx.now.date())
        ends_at = shift.hours.ends_at if shift is not None else self._policy.leaving.last_hour
        sentences = self._policy.sentences
        return World(
            Times(ctx.now, ends_at, sentences.begins, sentences.ends),
            self._directory(ctx.session, me, ctx.now),
            self._books(ctx.session),
            {code: one.words for code, one in self._policy.cases.outcomes.items()},
        )

    def _on(self, ctx: Context, reading: Reading) -> tuple[Route, Context]:
        if isinstance(reading, Understood):
            route = self.route_of(reading.command)
            said = self._router.sayings.get(reading.command)
            args = "" if said is None else args_of(said.args, reading.slots, self._policy)
            return route, replace(ctx, slots=reading.slots, args=args)
        if reading.slot == "command":
            titled = tuple(Choice(self.route_of(one.value).title, one.value) for one in reading.choices)
            return _asking(None), replace(ctx, ask=replace(reading, choices=titled))
        return _asking(self.route_of(reading.command).may), replace(ctx, ask=reading)

    def route_of(self, command: str) -> Route:
        """The handler of a command by its name."""
        said = self._router.sayings.get(command)
        if said is None:
            return self._router.sentences[command]
        return self._router.commands[Audience.EMPLOYEE, said.word]

    @staticmethod
    def _lost(ctx: Context) -> tuple[Route, Context]:
        return _asking(None), replace(ctx, ask=Ask("", ""))

    def _permitted(self, me: Employee) -> frozenset[str]:
        roles = staff.roles_of(me)
        return frozenset(
            name
            for name in self._by_command
            for may in [self.route_of(name).may]
            if may is None or staff.may(roles, may, self._policy.rights)
        )

    def _directory(self, session: Session, me: Employee, at: datetime) -> Directory:
        allowed = staff.reach(me, REACH, self._policy.rights)
        within = staff.person_in_reach(allowed, me, at)
        rows = session.execute(
            select(Employee.id, Employee.name, Employee.wecom_id, Employee.number)
            .where(within, staff.active(at))
            .order_by(Employee.id)
        ).all()
        nicknames = staff.nicknames_of(session, [row.id for row in rows])
        people = [
            Known(Named(row.id, row.name, row.wecom_id), row.number or "", nicknames.get(row.id, ()))
            for row in rows
        ]
        units = session.execute(
            select(Unit.id, Unit.name)
            .where(staff.unit_in_reach(allowed, Unit.id), Unit.closed_at.is_(None))
            .order_by(Unit.id)
        ).all()
        teams = [Team(row.id, row.name) for row in units]
        own = next((team for team in teams if team.id == me.unit_id), None)
        return Directory(people, teams, me.named, own)

    def _books(self, session: Session) -> Books:
        """Placements by number, and the products that cases have; only new cases are looked at."""
        seen, products = self._products
        newest = session.scalar(select(Case.id).order_by(Case.id.desc()).limit(1)) or 0
        if newest < seen:
            seen, products = 0, ()
        if newest > seen:
            more = session.scalars(select(Case.product).where(Case.id > seen).distinct())
            products = tuple(sorted({*products, *(name for name in more if name)}))
            self._products = (newest, products)
        placements: dict[str, tuple[int, ...]] = {}
        for id_, number in session.execute(select(Placement.id, Placement.number).order_by(Placement.id)):
            placements[number] = (*placements.get(number, ()), id_)
        return Books(products, placements)


def _outcome(slots: Slots, policy: Policy) -> str:
    """What the outcome is called, unless the words say so themselves."""
    words = policy.cases.outcomes[slots.outcome].words if slots.outcome else ()
    return "" if not words or any(word in slots.said for word in words) else words[0]


def _said(router: Router) -> Sequence[Sentence | Saying]:
    """All sentences; those of a word that nobody answers are left out."""
    known = [said for said in router.sayings.values() if (Audience.EMPLOYEE, said.word) in router.commands]
    return [*router.sentences.values(), *known]


def _asking(may: str | None) -> Route:
    return Route(ask_back, "asking", Audience.EMPLOYEE, may)


def args_of(template: str, slots: Slots, policy: Policy) -> str:
    """The slots written as somebody would write them behind the command word."""
    first, last = slots.days or (None, None)
    written: dict[str, str] = {
        "cases": " ".join(str(number) for number in slots.cases),
        "amount": "" if slots.amount is None else f"{slots.amount / 100:.2f}".removesuffix(".00") + "元",
        "day": "" if slots.day is None else slots.day.isoformat(),
        "days": " ".join(day.isoformat() for day in (first, last) if day is not None),
        "moment": "" if slots.moment is None else f"{slots.moment:%Y-%m-%d %H:%M}",
        "count": "" if slots.count is None else str(slots.count),
        "buckets": " ".join(f"M{bucket}" for bucket in slots.filter.buckets),
        "outcome": _outcome(slots, policy),
        "words": slots.words,
        "said": slots.said,
    }
    written |= {slot: " ".join(one.wecom_id for one in people) for slot, people in slots.people.items()}
    return " ".join(template.format_map(defaultdict(str, written)).split())
