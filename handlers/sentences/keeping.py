"""A half-understood sentence as it is kept in the database: ids, codes and dates alone."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from handlers.sentences.people import Directory
from handlers.sentences.values import Count, Criteria, People, Team, Teams

Seal = Callable[[str], str]


def pack(value: Any, seal: Seal) -> Any:
    """A value of a slot as JSON; free words are sealed."""
    if isinstance(value, People):
        return {"people": [[one.id for one in some] for some in value.meant]}
    if isinstance(value, Team):
        return {"team": value.id}
    if isinstance(value, Teams):
        return {"teams": [team.id for team in value.some]}
    if isinstance(value, Criteria):
        kept = asdict(value)
        kept["promise_due"] = value.promise_due.isoformat() if value.promise_due else None
        return {"filter": kept}
    if isinstance(value, Count):
        return {"count": [value.number, value.each, list(value.options)]}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, tuple) and value and isinstance(value[0], date):
        return {"days": [one.isoformat() for one in value]}
    if isinstance(value, tuple):
        return {"cases": list(value)}
    if isinstance(value, str):
        return {"words": seal(value)}
    return {"amount": value}


def unpack(kept: Mapping[str, Any], directory: Directory, unseal: Seal) -> Any | None:
    """The value again; None if somebody it names is not within reach any more."""
    [(kind, value)] = kept.items()
    if kind == "people":
        by_id = {one.who.id: one.who for one in directory.people}
        if directory.me is not None:
            by_id.setdefault(directory.me.id, directory.me)
        if not all(id_ in by_id for some in value for id_ in some):
            return None
        meant = tuple(tuple(by_id[id_] for id_ in some) for some in value)
        return People(meant, tuple(some[0].name if some else "" for some in meant))
    if kind == "team":
        return next(
            (team for team in (*directory.teams, directory.own_team) if team and team.id == value), None
        )
    if kind == "teams":
        near = {team.id: team for team in directory.teams}
        return Teams(tuple(near[id_] for id_ in value)) if all(id_ in near for id_ in value) else None
    if kind == "filter":
        plain: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in value.items()
        }
        due = plain["promise_due"]
        return Criteria(**{**plain, "promise_due": date.fromisoformat(due) if due else None})
    if kind == "count":
        number, each, options = value
        return Count(number, each, tuple(options))
    if kind == "moment":
        return datetime.fromisoformat(value)
    if kind == "day":
        return date.fromisoformat(value)
    if kind == "days":
        return tuple(date.fromisoformat(one) for one in value)
    if kind == "cases":
        return tuple(value)
    if kind == "words":
        return unseal(value)
    return value
