"""Whose application people mean, and which of several; the same for every feature of hiring."""

from handlers.base import Context, Handler
from handlers.parsing import Misunderstood
from models import candidates, recruiting
from models.recruiting import ProcessView, StageRecord
from models.staff import Candidate


def candidate_called(ctx: Context, asked: str, action: str) -> Candidate:
    """The one candidate of this name or number for whom the asker may do `action`.

    Raises:
        NotPermitted, CandidateNotFound, SeveralCandidates: as `candidates.the_candidate` says.
    """
    return candidates.the_candidate(
        ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy, action=action
    )


def process_meant(ctx: Context, handler: Handler, action: str) -> tuple[ProcessView, str]:
    """(the open process of the candidate whom the words name first, the rest of the words).

    Raises:
        Misunderstood: they name nobody.
    """
    name, _, rest = ctx.args.strip().partition(" ")
    if not name:
        raise Misunderstood(usage=(handler.__doc__ or "").strip())
    return one_open_process(ctx, candidate_called(ctx, name, action), rest.strip())


def one_open_process(ctx: Context, person: Candidate, rest: str) -> tuple[ProcessView, str]:
    """(the open process that is meant, the rest of the words); of several, a word names the unit or the job.

    Raises:
        NoOpenProcess, SeveralProcesses: as named.
    """
    views = recruiting.processes_of_person(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    views = [view for view in views if view.application.state == candidates.ApplicationState.OPEN]
    if not views:
        raise recruiting.NoOpenProcess(name=person.name)
    if len(views) == 1:
        return views[0], rest
    words = rest.split(" ")
    for at, word in enumerate(words):
        fitting = [view for view in views if word and word in (view.unit.name, view.application.job)]
        if len(fitting) == 1:
            return fitting[0], " ".join(words[:at] + words[at + 1 :])
    several = [f"{view.unit.name} {view.application.job}" for view in views]
    raise recruiting.SeveralProcesses(name=person.name, several=several)


def current_of(view: ProcessView) -> StageRecord:
    """The stage that an open process stands at.

    Raises:
        ProcessSettled: every stage is passed.
    """
    if view.current is None:
        raise recruiting.ProcessSettled(state=view.application.state)
    return view.current
