"""What the people of the sample company are to reach: targets of the whole company, in the range of life."""

from datetime import datetime

from sqlalchemy.orm import Session

from models import performance, staff
from models.performance import ANY_BUCKET, Wanted
from models.policy import Policy
from models.staff import Role

OPERATOR = "operator"
RECOVERY = {1: 85_00, 2: 38_00, 3: 20_00, 4: 12_00, 5: 8_00, 6: 5_00, 7: 80}
"""Bucket → the recovery rate of a month, in hundredths of a percent (domain.md section 10)."""
TARGETS = (
    *((Role.COLLECTOR, "recovery_rate_amount", bucket, value) for bucket, value in RECOVERY.items()),
    (Role.COLLECTOR, "ptp_kept_rate", ANY_BUCKET, 55_00),
    (Role.COLLECTOR, "rpc_rate", ANY_BUCKET, 50_00),
    (Role.COLLECTOR, "followup_timeliness", ANY_BUCKET, 90_00),
    (Role.COLLECTOR, "complaints_per_100", ANY_BUCKET, 1_00),
    (Role.COLLECTOR, "attendance_rate", ANY_BUCKET, 96_00),
    (Role.FIELD_REP, "recovered_amount", ANY_BUCKET, 60_000_00),
    (Role.FIELD_REP, "visits_per_day", ANY_BUCKET, 3_00),
    (Role.FIELD_REP, "followup_timeliness", ANY_BUCKET, 90_00),
    (Role.FIELD_REP, "complaints_per_100", ANY_BUCKET, 1_00),
    (Role.TEAM_LEADER, "ptp_kept_rate", ANY_BUCKET, 55_00),
    (Role.TEAM_LEADER, "followup_timeliness", ANY_BUCKET, 92_00),
)
"""Role, measure, bucket, value in hundredths."""


def enter_targets(session: Session, *, at: datetime, policy: Policy) -> None:
    """They hold from this month on; a second time changes nothing."""
    root = staff.ensure_root(session)
    for role, measure, bucket, value in TARGETS:
        wanted = Wanted(measure, value, at.date().replace(day=1), bucket, unit=root, role=role)
        performance.keep_target(session, wanted=wanted, actor=OPERATOR, at=at, policy=policy)
