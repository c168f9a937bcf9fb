"""The timetable: every job, when it runs, and what becomes of a moment that was missed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from jobs import (
    admissions,
    arrivals,
    attendance,
    attendance_requests,
    candidates,
    case_days,
    case_desk,
    case_nights,
    case_reminders,
    case_returns,
    chances,
    coaching,
    contact,
    contests,
    corroboration,
    directory,
    distribution,
    exams,
    field_alerts,
    files,
    goals,
    handover,
    housekeeping,
    interviews,
    lessons,
    lifecycle,
    links,
    locations,
    notices,
    performance,
    posts,
    recruiting,
    requests,
    reviews,
    team_reports,
    wording,
)
from jobs.base import CloseCards, JobContext, Notice
from models import training
from models.attendance import OUT_REMINDER, REMINDER
from models.cases import ARRIVED, BOOKED, RETURN_MORE, reminding
from models.contact import RISK_HIT
from models.handover import BEGINS, ENDS
from models.lifecycle import LEAVES, MOVES, STARTS, TURNS
from models.notices import CLIMB, SEND
from models.planning import DueItem
from models.recruiting import RESULTS
from models.wording import KEPT

Job = Callable[[JobContext], Sequence[Notice | CloseCards]]
DueJob = Callable[[JobContext, Sequence[DueItem]], Sequence[Notice | CloseCards]]
Check = Callable[[JobContext, int], bool]


class Missed(StrEnum):
    """What to do about moments that passed while nothing was running."""

    LATE = "late"
    """Run every one of them, late, each with its planned moment as now."""
    ONCE = "once"
    """Run only the newest one."""
    SKIP = "skip"
    """Run none of them."""


@dataclass(frozen=True)
class Entry:
    """One line of the timetable; `cron` is minute, hour, day, month, weekday in Asia/Shanghai."""

    job: Job
    cron: str
    missed: Missed
    at_start: bool = False
    """Whether it also runs when the scheduler starts for the first time, or its clock is put back."""
    reach: timedelta | None = None
    """How old a missed moment may be to run late; None is any age. Older ones have nothing to add."""
    apart: timedelta | None = None
    """How far apart missed moments must lie to run late each; those in between have nothing to add."""

    @property
    def name(self) -> str:
        """The name under which its runs are kept."""
        return self.job.__name__


TIMETABLE: Sequence[Entry] = (
    Entry(
        attendance.plan_reminders,
        "3-59/10 * * * *",
        Missed.LATE,
        at_start=True,
        reach=attendance.REACH,
        apart=attendance.APART,
    ),
    Entry(attendance_requests.remind_of_requests, "35 9 * * *", Missed.ONCE),
    Entry(contests.remind_of_contests, "40 9 * * *", Missed.ONCE),
    Entry(attendance_requests.tell_of_long_months, "25 9 * * *", Missed.ONCE),
    Entry(attendance_requests.tell_of_missing_calendar, "40 9 * * mon", Missed.ONCE),
    Entry(directory.sync_directory, "10 4 * * *", Missed.ONCE, at_start=True),
    Entry(handover.tend_handovers, "6-59/10 * * * *", Missed.ONCE, at_start=True),
    Entry(lifecycle.tend_lifecycle, "7-59/10 * * * *", Missed.ONCE, at_start=True),
    Entry(posts.tend_posts, "8-59/10 * * * *", Missed.ONCE, at_start=True),
    Entry(case_reminders.tend_reminders, "9-59/10 * * * *", Missed.ONCE, at_start=True),
    Entry(lifecycle.remind_of_steps, "4-59/10 9-18 * * *", Missed.ONCE),
    Entry(handover.remind_of_handovers, "8 9 * * *", Missed.ONCE),
    Entry(candidates.tell_of_matches, "12 9 * * *", Missed.ONCE),
    Entry(distribution.note_recycling_rules, "9 * * * *", Missed.ONCE, at_start=True),
    Entry(distribution.recycle_idle_cases, "0 2 * * *", Missed.ONCE),
    Entry(notices.tend_notices, "* * * * *", Missed.ONCE),
    Entry(files.delete_expired_files, "25 * * * *", Missed.ONCE),
    Entry(wording.tend_wording, "2-59/10 8-20 * * *", Missed.ONCE),
    Entry(recruiting.tend_recruiting, "2-59/5 * * * *", Missed.ONCE, at_start=True),
    Entry(links.tend_links, "3-59/5 * * * *", Missed.ONCE),
    Entry(requests.tend_requests, "4-59/5 * * * *", Missed.ONCE),
    Entry(admissions.tend_admissions, "3-59/5 * * * *", Missed.ONCE),
    Entry(recruiting.forget_remarks, "30 3 * * *", Missed.ONCE),
    Entry(wording.forget_words, "35 3 * * *", Missed.ONCE),
    Entry(locations.forget_whereabouts, "20 3 * * *", Missed.ONCE),
    Entry(corroboration.ask_for_records, "20 10,20 * * *", Missed.ONCE),
    Entry(field_alerts.watch_stops, "3-59/10 8-20 * * *", Missed.ONCE),
    Entry(field_alerts.watch_risks, "7-59/10 8-21 * * *", Missed.ONCE),
    Entry(field_alerts.watch_days, "15 9 * * *", Missed.ONCE),
    Entry(field_alerts.tell_leaders, "5-59/10 9-18 * * *", Missed.ONCE),
    Entry(goals.tell_of_goals, "27 9 * * *", Missed.ONCE),
    Entry(housekeeping.forget_numbers, "1-59/10 * * * *", Missed.ONCE),
    Entry(team_reports.plan_team_reports, "20 0 * * *", Missed.ONCE, at_start=True),
    Entry(performance.note_month_ends, "1 0 1 * *", Missed.ONCE, reach=performance.UNTIL),
    Entry(coaching.plan_coaching, "25 0 * * *", Missed.ONCE, at_start=True),
    Entry(coaching.tell_of_starters, "45 9 * * *", Missed.ONCE),
    Entry(lessons.tend_training, "5-59/10 * * * *", Missed.ONCE, at_start=True),
    Entry(reviews.plan_reviews, "30 0 * * *", Missed.ONCE, at_start=True),
    Entry(performance.check_tallies, "15 4 * * *", Missed.ONCE, at_start=True),
    Entry(lessons.forget_receipts, "45 3 * * *", Missed.ONCE),
    Entry(housekeeping.forget_finished, "40 3 * * *", Missed.ONCE),
)

DUE: Mapping[str, DueJob] = {
    ARRIVED: arrivals.tell_of_arrivals,
    BOOKED: arrivals.tell_of_bookings,
    REMINDER: attendance.remind_before_shift,
    OUT_REMINDER: attendance.remind_after_shift,
    BEGINS: handover.begin_leave,
    ENDS: handover.end_leave,
    STARTS: lifecycle.welcome_starters,
    MOVES: lifecycle.begin_transfers,
    LEAVES: lifecycle.let_leavers_go,
    TURNS: posts.turn_posts,
    RISK_HIT: contact.tell_of_risk,
    chances.MISSED: chances.prompt_missed,
    chances.MISSED_STILL: chances.remind_missed,
    interviews.BRIEF: interviews.brief_interviewers,
    interviews.SHEET: interviews.ask_for_sheets,
    interviews.SHEET_STILL: interviews.ask_for_sheets,
    reminding.ACCEPT: case_reminders.remind_to_accept,
    reminding.CONTACT: case_reminders.remind_to_contact,
    reminding.FOLLOW_SOON: case_reminders.announce_follow_ups,
    reminding.FOLLOW_NOW: case_reminders.remind_of_follow_ups,
    reminding.SIGNAL: case_reminders.chase_signals,
    reminding.NOTES: case_reminders.remind_of_notes,
    reminding.PROMISES_BEFORE: case_reminders.announce_promises,
    reminding.PROMISES_DUE: case_reminders.remind_of_promises,
    reminding.PROMISES_BROKEN: case_reminders.break_promises,
    reminding.REVIEW: case_reminders.review_cases,
    reminding.HELD: case_reminders.release_held,
    reminding.MORNING: case_days.greet,
    reminding.EVENING: case_days.sum_up,
    reminding.NIGHT: case_nights.tend_cases,
    performance.CHECK: performance.check_some,
    performance.MONTH_END: performance.note_some_month_ends,
    team_reports.DAILY: team_reports.report_day,
    team_reports.WEEKLY: team_reports.report_week,
    coaching.COACH: coaching.coach_teams,
    lessons.MORE: lessons.tend_more,
    lessons.LAGGARDS: lessons.tell_of_laggards,
    lessons.GATED: lessons.tell_of_gated,
    training.PUBLISHED: lessons.spread,
    reviews.REVIEW: reviews.start_reviews,
    RETURN_MORE: case_returns.return_more,
    KEPT: wording.tell_of_hits,
    RESULTS: recruiting.enter_results,
    SEND: notices.send_notices,
    CLIMB: notices.climb_notices,
    training.ENDS: exams.close_exams,
    training.WAITS: exams.remind_of_homework,
    training.CLIMBS: exams.climb_homework,
    notices.MORE: notices.watch_more,
    recruiting.MORE: recruiting.tend_more,
    distribution.RECYCLE: distribution.recycle_some,
    distribution.RECYCLED: distribution.tell_of_idle_cases,
}
"""Kind of a due item → the job that deals with all items of one moment."""

CARDS_AT_ONCE = 25
"""So many people's cards about cases are made in one transaction: it is over within a second."""

NOTICES_AT_ONCE = 100
"""So many notices leave in one transaction."""

AT_ONCE: Mapping[str, int] = {
    reminding.ACCEPT: CARDS_AT_ONCE,
    reminding.CONTACT: CARDS_AT_ONCE,
    reminding.HELD: CARDS_AT_ONCE,
    reminding.MORNING: CARDS_AT_ONCE,
    reminding.EVENING: CARDS_AT_ONCE,
    reminding.PROMISES_BEFORE: 1,
    reminding.PROMISES_DUE: 1,
    reminding.NIGHT: 1,
    performance.CHECK: 1,
    coaching.COACH: 1,
    reminding.REVIEW: 1,
    RETURN_MORE: 1,
    training.PUBLISHED: 1,
    reviews.REVIEW: NOTICES_AT_ONCE,
    lessons.LAGGARDS: CARDS_AT_ONCE,
    lessons.GATED: CARDS_AT_ONCE,
    BOOKED: CARDS_AT_ONCE,
    distribution.RECYCLE: 1,
    RESULTS: 1,
    SEND: NOTICES_AT_ONCE,
    CLIMB: NOTICES_AT_ONCE,
}
"""Kinds of due items of which fewer than usual are dealt with at once."""

CHECKS: Mapping[str, Check] = {
    "not_checked_in": attendance.not_checked_in,
    "not_checked_out": attendance.not_checked_out,
    "case_reminder_holds": case_desk.holds,
    "notice_stands": notices.notice_stands,
    "interview_still_held": interviews.still_held,
}
"""Checks asked once more when a message leaves (`Notice.only_if`)."""
