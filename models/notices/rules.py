"""Pure decisions about notices: what a template says to somebody, when it may be said, and who comes next."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import median
from unicodedata import normalize

from models.notice_policy import Condition, NoticeTexts, ShippedTemplate

_BLOCK = re.compile(r"^[\[［]\s*(\S+?)[\s:：]+([^\]］]+)[\]］]\s*(.*)$")
_FIELD = re.compile(r"[{｛]\s*([^{}｛｝]+?)\s*[}｝]")
_BETWEEN = re.compile(r"[、,，/\s]+")


@dataclass(frozen=True)
class Block:
    """A line of a template, and for whom it is."""

    text: str
    condition: Condition | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What the blocks of a template depend on."""

    job: str = ""
    units: tuple[str, ...] = ()
    """The unit and those above it."""
    strength: str = ""


def blocks_of(words: str, texts: NoticeTexts) -> Sequence[Block]:
    """The lines of a template with their conditions; a line in unknown brackets is an ordinary one."""
    by_name = {name: condition for condition, name in texts.conditions.items()}
    found = []
    for line in words.strip().splitlines():
        match = _BLOCK.match(line.strip())
        condition = by_name.get(match[1]) if match else None
        if match is None or condition is None:
            found.append(Block(line.rstrip()))
        else:
            names = tuple(name for name in _BETWEEN.split(match[2].strip()) if name)
            found.append(Block(match[3].rstrip(), condition, names))
    return found


def unknown_fields(words: str, texts: NoticeTexts) -> Sequence[str]:
    """The names between braces that stand for no value."""
    known = set(texts.fields.values())
    return list(dict.fromkeys(name for name in _FIELD.findall(words) if name not in known))


def applies(block: Block, facts: Facts) -> bool:
    """Whether a block is for these facts; names are compared by parts, as 柜员 in 综合柜员."""
    if block.condition is None:
        return True
    told = {
        Condition.JOB: (facts.job,),
        Condition.UNIT: facts.units,
        Condition.STRENGTH: (facts.strength,),
    }[block.condition]
    return any(name in one for name in block.names for one in told if one)


def render(
    words: str, facts: Facts, values: Mapping[str, str], texts: NoticeTexts
) -> tuple[str, Sequence[str]]:
    """What somebody with these facts reads, and the codes of the values that are missing for it."""
    by_name = {name: code for code, name in texts.fields.items()}
    missing: dict[str, None] = {}

    def value(match: re.Match[str]) -> str:
        code = by_name.get(match[1], match[1])
        found = values.get(code, "").strip()
        if not found:
            missing[code] = None
        return found

    lines = [_FIELD.sub(value, block.text) for block in blocks_of(words, texts) if applies(block, facts)]
    return "\n".join(lines).strip(), list(missing)


def written(moment: datetime, texts: NoticeTexts) -> str:
    """A moment as candidates read it."""
    return texts.moment.format(
        month=moment.month,
        day=moment.day,
        weekday=texts.weekdays[moment.weekday()],
        time=f"{moment:%H:%M}",
    )


def choose(code: str, *, job: str, score: float | None, templates: Mapping[str, ShippedTemplate]) -> str:
    """The code of the template for this job and score: the one asked for, or a special one in its place.

    Of several special ones the most demanding is taken (S1-07, S1-09).
    """

    def fits(template: ShippedTemplate) -> bool:
        for_job = not template.jobs or any(name in job for name in template.jobs)
        enough = template.least_score is None or (score is not None and score >= template.least_score)
        return for_job and enough

    special = [one for one, template in templates.items() if template.instead_of == code and fits(template)]
    demands = {one: (templates[one].least_score or 0, bool(templates[one].jobs)) for one in special}
    return max(special, key=lambda one: demands[one]) if special else code


def is_quiet(at: datetime, begins: time, ends: time) -> bool:
    """Whether candidates are left in peace at this moment."""
    now = at.time()
    return begins <= now or now < ends if begins > ends else begins <= now < ends


def allowed_from(at: datetime, until: datetime, begins: time, ends: time) -> datetime:
    """The first moment from `at` on at which a candidate may be told something that is void from `until` on.

    Quiet hours count, except for what could not wait for their end: changes of the same day (domain.md 7).
    """
    if not is_quiet(at, begins, ends):
        return at
    end = at.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    end += timedelta(days=1) if end <= at else timedelta()
    return end if end < until else at


def remind_from(starts_at: datetime, hours: int, begins: time, ends: time) -> datetime:
    """When somebody is reminded so many hours ahead of an appointment: never in the quiet hours.

    A moment in them waits for their end where at least half of the hours are left then; else it is an hour
    before they begin, on the evening before.
    """
    moment = starts_at - timedelta(hours=hours)
    if not is_quiet(moment, begins, ends):
        return moment
    end = allowed_from(moment, starts_at, begins, ends)
    if end > moment and starts_at - end >= timedelta(hours=hours) / 2:
        return end
    evening = moment.replace(hour=begins.hour, minute=begins.minute, second=0, microsecond=0)
    return evening - timedelta(hours=1, days=int(evening > moment))


STATES = ("read", "delivered", "accepted", "queued", "failed", "withdrawn")
"""States of a delivery, the best first."""


def together(states: Collection[str]) -> str:
    """The state of a delivery that took several messages: the best of theirs."""
    return min(states, key=STATES.index)


# --- figures -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Latency:
    """How long notices took from their cause to the first channel; minutes, None where there are none."""

    count: int
    median: int | None
    ninth: int | None
    """Nine of ten took no longer."""
    late: int
    """How many took longer than the target."""
    target: int


def latency_of(spans: Sequence[timedelta], target: int) -> Latency:
    """The latency of notices against a target of so many minutes (S1-02)."""
    minutes = sorted(span.total_seconds() / 60 for span in spans)
    late = sum(one > target for one in minutes)
    if not minutes:
        return Latency(0, None, None, 0, target)
    ninth = minutes[-(-len(minutes) * 9 // 10) - 1]
    return Latency(len(minutes), round(median(minutes)), round(ninth), late, target)


def waited(made_at: datetime, left_at: datetime, until: datetime, begins: time, ends: time) -> timedelta:
    """How long a notice waited for us: quiet hours do not count (domain.md 7)."""
    return max(left_at - allowed_from(made_at, until, begins, ends), timedelta())


OTHER = "other"
"""A reply in which no phrase of the rules stands."""


def classify(words: str, kinds: Mapping[str, Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """(the kind of a reply, the phrases that say so): of several kinds the first one (S1-44)."""
    plain = "".join(normalize("NFKC", words).lower().split())
    for kind, phrases in kinds.items():
        hits = tuple(phrase for phrase in phrases if phrase.lower() in plain)
        if hits:
            return kind, hits
    return OTHER, ()


TEXT_SOONER, FOLLOW_FIRST = "text_sooner", "follow_first"


def proposal(
    citing: int, least: int, official: tuple[int, int] | None, texts: tuple[int, int] | None
) -> str | None:
    """What to change where at least so many who stayed away cite missing notices (S1-37).

    The pairs are (sent, arrived) of the service account and of text messages: the one by which more
    arrive goes first. None: too few cite it.
    """
    if citing < least:
        return None
    spoken, texted = (one[1] / one[0] if one and one[0] else 0.0 for one in (official, texts))
    return TEXT_SOONER if texted > spoken else FOLLOW_FIRST
