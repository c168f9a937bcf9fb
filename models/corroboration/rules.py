"""Pure decisions about records of WeCom's own check-in: what they say, and where they differ from ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a record is of."""

    IN = "in"
    OUT = "out"
    FIELD = "field"


KINDS = {"上班打卡": Kind.IN, "下班打卡": Kind.OUT, "外出打卡": Kind.FIELD}
"""The platform's words for them."""


class Exceptional(StrEnum):
    """What the platform finds odd about a record."""

    TIME = "time"
    PLACE = "place"
    MISSED = "missed"
    WIFI = "wifi"
    DEVICE = "device"


EXCEPTIONS = {
    "时间异常": Exceptional.TIME,
    "地点异常": Exceptional.PLACE,
    "未打卡": Exceptional.MISSED,
    "wifi异常": Exceptional.WIFI,
    "非常用设备": Exceptional.DEVICE,
}
"""The platform's words for them."""


@dataclass(frozen=True)
class Record:
    """One record as it was told; degrees in GCJ-02."""

    userid: str
    kind: Kind
    at: datetime
    exceptions: tuple[Exceptional, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    place: str = ""
    device: str = ""

    @property
    def missed(self) -> bool:
        """Whether nobody checked in."""
        return Exceptional.MISSED in self.exceptions


def record_of(told: Mapping[str, Any], zone: tzinfo) -> Record | None:
    """A row of `getcheckindata`; None if it is of a kind nobody knows, or of no moment."""
    kind = KINDS.get(str(told.get("checkin_type", "")))
    moment = int(told.get("checkin_time") or 0) or int(told.get("sch_checkin_time") or 0)
    if kind is None or moment <= 0:
        return None
    said = [part.strip() for part in str(told.get("exception_type") or "").split(";")]
    latitude, longitude = int(told.get("lat") or 0) / 1e6, int(told.get("lng") or 0) / 1e6
    somewhere = bool(latitude or longitude)
    return Record(
        userid=str(told.get("userid", "")),
        kind=kind,
        at=datetime.fromtimestamp(moment, zone),
        exceptions=tuple(EXCEPTIONS[part] for part in said if part in EXCEPTIONS),
        latitude=latitude if somewhere else None,
        longitude=longitude if somewhere else None,
        place=str(told.get("location_title") or ""),
        device=str(told.get("deviceid") or ""),
    )


class Difference(StrEnum):
    """Where the two differ."""

    TIME = "time"
    PLACE = "place"
    ONLY_OURS = "only_ours"
    ONLY_THEIRS = "only_theirs"
    EXCEPTION = "exception"


@dataclass(frozen=True)
class Seen:
    """One side of a comparison: a moment, and where."""

    at: datetime
    exceptions: tuple[Exceptional, ...] = ()


@dataclass(frozen=True)
class Found:
    """One difference of one day."""

    day: date
    kind: Kind
    difference: Difference
    ours: datetime | None = None
    theirs: datetime | None = None
    exceptions: tuple[Exceptional, ...] = ()
    metres: int | None = None


@dataclass(frozen=True)
class Pair:
    """What both say of one day and kind."""

    day: date
    kind: Kind
    ours: datetime | None
    theirs: Seen | None
    metres: int | None = None
    """How far apart they say it was; None if one of them does not say."""
    both_used: bool = True
    """Whether the person used both at all around that day: else one of them missing says nothing."""


def differences(pair: Pair, *, minutes: int, metres: int) -> Sequence[Found]:
    """Where two sides of one day and kind differ, the time first.

    Records may lie `minutes` apart and `metres` away and still say the same.
    """
    ours, theirs = pair.ours, pair.theirs
    if ours is None and theirs is None:
        return []
    if ours is None or theirs is None:
        if not pair.both_used:
            return []
        kind = Difference.ONLY_THEIRS if ours is None else Difference.ONLY_OURS
        told = None if theirs is None else theirs.at
        return [Found(pair.day, pair.kind, kind, ours, told)]
    found = []
    if abs(ours - theirs.at) > timedelta(minutes=minutes):
        found.append(Found(pair.day, pair.kind, Difference.TIME, ours, theirs.at))
    elif pair.metres is not None and pair.metres > metres:
        found.append(Found(pair.day, pair.kind, Difference.PLACE, ours, theirs.at, metres=pair.metres))
    odd = tuple(one for one in theirs.exceptions if one is not Exceptional.TIME)
    if odd:
        found.append(Found(pair.day, pair.kind, Difference.EXCEPTION, ours, theirs.at, odd))
    return found
