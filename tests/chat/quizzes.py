"""Courses with questions for the stories about exams, and how people answer them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.app import Muster
from models import staff, training
from models.training import (
    Attempt,
    CourseDraft,
    CourseKind,
    CourseVersion,
    Family,
    LessonDraft,
    PushReason,
    Question,
    QuestionDraft,
    QuestionKind,
    Where,
)
from tests.simulator import Member

HERE = Where("night_rules")


def question(code: str, right: int = 0, stem: str = "") -> QuestionDraft:
    """A question of four options with one right answer."""
    options = [f"{code} 答案{mark}" for mark in "甲乙丙丁"]
    return QuestionDraft(
        code,
        QuestionKind.SINGLE,
        stem or f"{code} 怎么办？",
        options,
        [right],
        "照规定办。",
        "催收规范第3条",
        HERE,
    )


NIGHT = CourseDraft(
    code="night_rules",
    title="夜间规则",
    family=Family.RULES,
    where=HERE,
    compliance=True,
    draws=5,
    lessons=[LessonDraft("晚上十点以后", "**22:00–8:00** 不联系。", HERE)],
    questions=[
        *(question(f"q{number}") for number in range(1, 4)),
        QuestionDraft(
            "q4",
            QuestionKind.JUDGE,
            "晚上十点可以打电话。",
            ["对", "错"],
            [1],
            "22:00–8:00 不联系。",
            "国标",
            HERE,
        ),
        QuestionDraft(
            "q5",
            QuestionKind.MULTIPLE,
            "哪些时候不能联系？",
            ["半夜", "清早六点", "上午十点", "下午三点"],
            [0, 1],
            "只在白天联系。",
            "国标",
            HERE,
        ),
    ],
)
"""A course of compliance: five questions, ten minutes, 90 to pass, a certificate for a year."""

NOTICE = CourseDraft(
    code="notice",
    title="停车通知",
    family=Family.RULES,
    kind=CourseKind.REGULATION,
    where=HERE,
    lessons=[LessonDraft("停车", "停在后院。", HERE)],
)
"""Something to read, without a question."""


def publish(muster: Muster, draft: CourseDraft = NIGHT, **changes: Any) -> CourseVersion:
    """Publish a course."""
    with muster.database.writing() as session:
        done = training.publish(
            session,
            draft=replace(draft, **changes),
            actor=None,
            at=muster.clock.now(),
            policy=muster.policy,
        )
        return done.version


def enrol(
    muster: Muster,
    account: str,
    version: CourseVersion,
    reason: PushReason = PushReason.ASSIGNED,
    **more: Any,
) -> int:
    """Have somebody learn a version; the number of the enrolment."""
    with muster.database.writing() as session:
        person = staff.find_known(session, account)
        assert person is not None
        enrolment, _ = training.enrol(
            session, person=person, version=version, reason=reason, at=muster.clock.now()
        )
        for name, value in more.items():
            setattr(enrolment, name, value)
        return enrolment.id


def places(muster: Muster, *, right: bool = True) -> Sequence[Sequence[int]]:
    """For every question of the open try the places of the right options as shown, or of wrong ones."""
    with muster.database.reading() as session:
        attempt = session.scalars(
            select(Attempt).where(Attempt.submitted_at.is_(None)).order_by(Attempt.id.desc()).limit(1)
        ).one()
        found = []
        for id_, order in attempt.questions:
            answer = session.get_one(Question, id_).answer
            shown = sorted(order.index(one) for one in answer)
            wrong = [place for place in range(len(order)) if place not in shown][:1]
            found.append(shown if right else wrong)
        return found


def letters(shown: Sequence[int]) -> str:
    """What somebody types for these options."""
    return "".join(training.LETTERS[one] for one in shown)


def picks(member: Member, shown: Sequence[int]) -> None:
    """Choose options on the newest card and send it."""
    assert member.last_card is not None
    if "button_list" in member.last_card:
        member.taps_card(member.last_card["button_list"][shown[0]]["key"])
        return
    chosen = [str(one) for one in shown]
    items = {"SelectedItem": {"QuestionKey": "choice", "OptionIds": {"OptionId": chosen}}}
    member.taps_card(member.last_card["submit_button"]["key"], SelectedItems=items)
