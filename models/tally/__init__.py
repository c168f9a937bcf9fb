"""Tallies: what people's records add up to by the day and by the month, kept in the same transaction.

Whoever changes a record says which person-days of which source have changed (`touch`, `watch`); before the
transaction commits they are counted anew from the records (`recount`). See docs/adr/0030.
"""

from models.tally.columns import MOST_DAYS, day_of, days_set, days_until
from models.tally.recounting import Change, count_anew, records, recount
from models.tally.sources import Part, Source, Who, named, one_person, rows_of, several, sources
from models.tally.tables import NO_BUCKET, MonthTally, Tally, TallyRepair
from models.tally.touching import touch, watch

__all__ = [
    "MOST_DAYS",
    "NO_BUCKET",
    "Change",
    "MonthTally",
    "Part",
    "Source",
    "Tally",
    "TallyRepair",
    "Who",
    "count_anew",
    "day_of",
    "days_set",
    "days_until",
    "named",
    "one_person",
    "records",
    "recount",
    "rows_of",
    "several",
    "sources",
    "touch",
    "watch",
]
