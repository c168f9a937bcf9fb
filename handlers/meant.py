"""Whom, which role, which moment and which case people mean; the same for every feature."""

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from handlers.base import Context
from handlers.sentences import pack
from models import cases, lifecycle, proposals, secrecy, staff
from models.cases import Case
from models.proposals import Proposal
from models.staff import Employee, Role, Unit

SENTENCE = "sentence"
"""The kind of proposals that wait for an answer instead of a confirmation."""


def sealed(ctx: Context) -> Callable[[str], str]:
    """Free words as they are kept: sealed under the speaker's own key."""

    def seal(words: str) -> str:
        return base64.b64encode(secrecy.seal(ctx.session, ctx.employee.subject, words) or b"").decode()

    return seal


def unsealed(ctx: Context) -> Callable[[str], str]:
    """The way back."""

    def unseal(kept: str) -> str:
        return secrecy.open_text(ctx.session, ctx.employee.subject, base64.b64decode(kept) or None) or ""

    return unseal


def ask_for_words(
    ctx: Context, command: str, *, number: int, choices: Sequence[str] = (), minutes: int | None = None
) -> Proposal:
    """Let whatever the asker writes next be the words of a command about something with this number.

    `command` is the name of a `Router.saying` that takes `{cases}` and `{words}`; a suggestion of `choices`
    is tapped as `meant:<proposal>.<which>`. It waits for `minutes`, by default as long as any question.
    """
    seal = sealed(ctx)
    return proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind=SENTENCE,
        arguments={
            "command": command,
            "slot": "words",
            "choices": [pack(one, seal) for one in choices],
            "values": {"cases": pack((number,), seal)},
            "said": "",
        },
        at=ctx.now,
        minutes=ctx.policy.sentences.ask_minutes if minutes is None else minutes,
    )


def words_asked_for(ctx: Context, command: str, minutes: int) -> Proposal | None:
    """The newest question by `ask_for_words` for this command within so many minutes, answered or not."""
    found = proposals.newest_of_kind(
        ctx.session, actor=ctx.employee, kind=SENTENCE, since=ctx.now - timedelta(minutes=minutes)
    )
    return next((one for one in found if one.arguments.get("command") == command), None)


def person_called(ctx: Context, action: str, asked: str, *, also_left: bool = False) -> Employee:
    """The one employee with this name, account or number for whom the asker may do `action`.

    Raises:
        NotPermitted, NobodyCalled, SeveralCalled: as `lifecycle.the_person` says.
    """
    return lifecycle.the_person(
        ctx.session,
        actor=ctx.employee,
        action=action,
        asked=asked,
        at=ctx.now,
        policy=ctx.policy,
        also_left=also_left,
    )


def unit_called(ctx: Context, action: str, asked: str) -> Unit | None:
    """The one unit of this very name, or path, in which the asker may do `action`; None without one.

    Elsewhere there may be others of the same name: every branch has a first team.

    Raises:
        NotPermitted: the asker may do it nowhere.
    """
    try:
        found = staff.find_units(
            ctx.session, actor=ctx.employee, action=action, asked=asked, policy=ctx.policy
        )
    except staff.UnitNotFound:
        return None
    named = [unit for unit in found if unit.name == asked.rpartition("/")[2].strip()]
    return named[0] if len(named) == 1 else None


def employee_roles(ctx: Context) -> dict[str, Role]:
    """What the roles of employees are called → the role."""
    return {
        rights.name: Role(role) for role, rights in ctx.policy.rights.roles.items() if role != Role.CANDIDATE
    }


def beginning_of(ctx: Context, day: date) -> datetime:
    """When a day begins; today begins now."""
    return ctx.now if day == ctx.now.date() else datetime.combine(day, time(), tzinfo=ctx.now.tzinfo)


def propose_into_role(ctx: Context, kind: str, role: Role, arguments: Mapping[str, Any]) -> Proposal:
    """Keep for 「确认」 what brings somebody into a role.

    A role with power is another kind, `<kind>_powerful`, which other people may confirm, with a code if they
    have one.
    """
    powerful = role in ctx.policy.people.powerful_roles
    return proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind=f"{kind}_powerful" if powerful else kind,
        arguments=arguments,
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
        needs_code=powerful
        and proposals.needs_code(ctx.session, actor=ctx.employee, action="people.appoint", policy=ctx.policy),
    )


def the_case(ctx: Context, action: str, number: int | str, *, after_halt: bool = False) -> Case:
    """The case of this number on which the asker may do `action`; `after_halt` as `cases.require_case` says.

    Raises:
        NotPermitted: no role of theirs includes it; NoSuchCase: there is none, or it is out of reach.
    """
    return cases.find_case(
        ctx.session,
        actor=ctx.employee,
        number=number,
        action=action,
        at=ctx.now,
        policy=ctx.policy,
        after_halt=after_halt,
    )


def masked(ctx: Context, words: str) -> str:
    """Words about a debtor as people may see them: without full numbers."""
    return cases.hear(ctx.session, words, ctx.policy).masked


def keep_for_undo(ctx: Context, kind: str, **arguments: int | list[int] | Mapping[str, object]) -> None:
    """Let 「撤销」 take back what the asker has just done: by the handler of `Router.inverse(kind)`."""
    proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind=kind,
        arguments=arguments,
        cause=ctx.cause,
        at=ctx.now,
        minutes=ctx.policy.cases.undo_minutes,
    )


def argument_of(ctx: Context, name: str) -> int:
    """What `keep_for_undo` kept under this name; for handlers declared by `Router.inverse`."""
    assert ctx.undoable is not None
    return int(ctx.undoable.arguments[name])
