"""What WeCom's own check-in records say beside ours: fetched, compared, never a check-in of ours."""

from models.corroboration.operations import (
    LONGEST,
    finish_run,
    forget_records,
    keep_records,
    next_people,
    start_run,
)
from models.corroboration.queries import differences_within, newest_run, open_run
from models.corroboration.rules import (
    Difference,
    Exceptional,
    Found,
    Kind,
    Pair,
    Record,
    Seen,
    differences,
    record_of,
)
from models.corroboration.tables import OfficialRecord, RecordRun

__all__ = [
    "LONGEST",
    "Difference",
    "Exceptional",
    "Found",
    "Kind",
    "OfficialRecord",
    "Pair",
    "Record",
    "RecordRun",
    "Seen",
    "differences",
    "differences_within",
    "finish_run",
    "forget_records",
    "keep_records",
    "newest_run",
    "next_people",
    "open_run",
    "record_of",
    "start_run",
]
