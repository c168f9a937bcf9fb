"""How each action of config/rights.toml is asked, in the chat and by the API: one line an action.

Words may hold every field of the target, as `{account}`, `{unit_id}` or `{candidate}`. An action that names
no target and lists what is within reach instead is `listed`; one that only ever concerns the asker is `own`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.app import Muster
from models import candidates, contact, files, locations, performance, recruiting, staff, training, wording
from models.admissions import ChainState, HiringChain
from models.attendance import Asked, AttendanceRequest, CheckIn, Way
from models.candidates import Application, CandidateMatch
from models.cases import Case, CaseStatus, Halt, HaltKind, OfferState, Payment, PaymentState, SettlementOffer
from models.enquiries import Enquiry
from models.fieldalerts import Code, FieldAlert
from models.files import FileKind
from models.locations import Fix, Origin
from models.notices import NoticeTemplate
from models.performance import Contest
from models.policy import Policy
from models.recruiting import RemedialRequest, RequestKind, RequestState, StageStatus
from models.staff import Role, Unit
from models.training import (
    CourseDraft,
    CourseVersion,
    Family,
    Homework,
    LessonDraft,
    PushReason,
    QuestionDraft,
    QuestionKind,
    Where,
)
from models.wording import WordingHit, WordingText
from tests.models.test_file_rules import PNG
from tests.rights.organisation import Distance, Target


@dataclass(frozen=True)
class Ask:
    """One action, asked."""

    chat: str
    api: tuple[str, str]
    body: Mapping[str, Any] | None = None
    listed: bool = False
    """The answer names the targets that are within reach; nobody is refused for those who are not."""
    own: bool = False
    """It concerns the asker alone: other targets are not asked about."""
    units: bool = False
    """The target is a unit, so that a right over oneself alone allows nothing."""
    but_not: frozenset[Distance] = frozenset()
    """Where another rule than the scope of the right refuses it to everybody."""
    before: Callable[[Muster, Target], None] | None = None
    """What has to be so for there to be anything to do."""


def standing_somewhere(muster: Muster, _target: Target) -> None:
    """Who asks has agreed, and the phone has just told where they are."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        asker = staff.find_known(session, "asker")
        assert asker is not None
        if not locations.has_agreed(session, asker.id, muster.policy.locations):
            locations.agree(session, actor=asker, at=now, policy=muster.policy.locations)
        here = Fix(30.58, 104.06, Origin.EVENT, "wgs84", 30.0)
        locations.report(session, employee=asker, fix=here, at=now, policy=muster.policy)


def an_alert(muster: Muster, target: Target) -> None:
    """The target was asked about a stay."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        person = staff.find_known(session, target.account)
        assert person is not None
        if not session.query(FieldAlert).where(FieldAlert.employee_id == person.id).first():
            session.add(
                FieldAlert(
                    employee_id=person.id,
                    code=Code.STOP,
                    day=now.date(),
                    begins_at=now - timedelta(minutes=45),
                    ends_at=now,
                    figures={"minutes": 45, "points": 4},
                    raised_at=now,
                )
            )


def a_forgotten_tap(muster: Muster, target: Target) -> None:
    """The target asks that a check-in counts which was forgotten."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        person = staff.find_known(session, target.account)
        assert person is not None
        session.execute(delete(CheckIn).where(CheckIn.employee_id == person.id))
        session.execute(delete(AttendanceRequest).where(AttendanceRequest.employee_id == person.id))
        session.add(
            AttendanceRequest(
                id=target.candidate_id,
                kind=Asked.CORRECTION,
                employee_id=person.id,
                day=now.date(),
                way=Way.IN,
                begins_at=now,
                ends_at=now,
                asked_at=now,
            )
        )


def a_course(muster: Muster, _target: Target) -> None:
    """There is a course."""
    here = Where("first_course")
    draft = CourseDraft(
        "first_course", "第一课", Family.LAW, here, lessons=[LessonDraft("课", "字", here)], homework="写一页"
    )
    with muster.database.writing() as session:
        training.publish(session, draft=draft, actor=None, at=muster.clock.now(), policy=muster.policy)


def a_contest(muster: Muster, target: Target) -> None:
    """The target contests a figure."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        person = staff.find_known(session, target.account)
        assert person is not None
        session.execute(delete(Contest).where(Contest.id == target.candidate_id))
        session.add(
            Contest(
                id=target.candidate_id,
                employee_id=person.id,
                measure="recovered_amount",
                month=now.date().replace(day=1),
                state=performance.ContestState.OPEN,
                asked_at=now,
            )
        )


def homework_handed_in(muster: Muster, target: Target) -> None:
    """The target has handed in homework for a course."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        person = staff.find_known(session, target.account)
        assert person is not None
        version = publish_with_homework(session, at=now, policy=muster.policy)
        enrolment, _ = training.enrol(session, person=person, version=version, reason=PushReason.OWN, at=now)
        session.execute(delete(Homework).where(Homework.id == target.candidate_id))
        session.add(Homework(id=target.candidate_id, enrolment_id=enrolment.id, handed_in_at=now))


def publish_with_homework(session: Session, *, at: datetime, policy: Policy) -> CourseVersion:
    """A course without questions that wants homework."""
    here = Where("call")
    draft = CourseDraft(
        code="call",
        title="怎么开口",
        family=Family.SKILLS,
        where=here,
        homework="写三句开场白。",
        lessons=[LessonDraft("第一句话", "先说自己是谁。", here)],
    )
    return training.publish(session, draft=draft, actor=None, at=at, policy=policy).version


def somebody_gone(muster: Muster, target: Target) -> None:
    """Somebody has left the unit of the target."""
    yesterday = muster.clock.now() - timedelta(days=1)
    with muster.database.writing() as session:
        account = f"gone-{target.account}"
        if staff.find_known(session, account) is None:
            unit = session.get_one(Unit, target.unit_id)
            person = staff.add_employee(
                session, wecom_id=account, name="走了的人", role=Role.COLLECTOR, unit=unit
            )
            staff.end_posts(session, employee=person, at=yesterday)
            person.left_at = yesterday


def a_lesson(muster: Muster, _target: Target) -> None:
    """There is something to learn."""
    here = Where("talk")
    draft = CourseDraft(
        "talk",
        "开口三句话",
        Family.SKILLS,
        here,
        lessons=[LessonDraft("开口", "先说自己是谁。", here)],
        questions=[
            QuestionDraft("q1", QuestionKind.JUDGE, "先说自己是谁。", ["对", "错"], [0], "是。", "规范", here)
        ],
    )
    with muster.database.writing() as session:
        training.publish(session, draft=draft, actor=None, at=muster.clock.now(), policy=muster.policy)


def a_pair(muster: Muster, target: Target) -> None:
    """Two who may be one have applied to the unit of the target, and no others."""
    with muster.database.writing() as session:
        session.execute(delete(CandidateMatch))
        for job in ("催收员", "客服"):
            candidates.enter(
                session,
                name=f"{target.name}之双",
                phone=f"1540003{target.unit_id:04d}",
                id_number=None,
                address=None,
                unit=session.get_one(Unit, target.unit_id),
                job=job,
                applied_on=None,
                source="",
                at=muster.clock.now(),
                actor="operator",
                policy=muster.policy,
            )


def a_question(muster: Muster, target: Target) -> None:
    """Who applied to the unit of the target asks something, and nobody has answered."""
    with muster.database.writing() as session:
        session.execute(delete(Enquiry).where(Enquiry.id == target.candidate_id))
        application = session.scalars(
            select(Application).where(Application.candidate_id == target.candidate_id)
        ).first()
        assert application is not None
        session.add(
            Enquiry(
                id=target.candidate_id,
                person_id=target.candidate_id,
                application_id=application.id,
                asked_at=muster.clock.now(),
            )
        )


def new_words(muster: Muster, target: Target) -> None:
    """Somebody else has proposed new words for a template."""
    with muster.database.writing() as session:
        session.execute(delete(NoticeTemplate))
        author = staff.find_known(session, "author-of-words") or staff.add_employee(
            session,
            wecom_id="author-of-words",
            name="写通知的人",
            role=Role.CUSTOMER_SERVICE,
            unit=staff.ensure_root(session),
        )
        session.add(
            NoticeTemplate(
                id=1,
                code="update",
                version=2,
                words="{姓名}，有新消息。",
                proposed_by_id=author.id,
                proposed_at=muster.clock.now(),
            )
        )


def a_health_proof(muster: Muster, target: Target) -> None:
    """The target has handed in a health proof."""
    with muster.database.writing() as session:
        person = staff.find_known(session, target.account)
        assert person is not None
        files.keep_file(
            session,
            subject=person.subject,
            kind=FileKind.HEALTH_PROOF,
            content=PNG,
            name="体检.png",
            uploaded_by=person.subject,
            at=muster.clock.now(),
            policy=muster.policy,
        )


def suspended_rights(muster: Muster, target: Target) -> None:
    """The contact rights of the target are suspended."""
    with muster.database.writing() as session:
        person = staff.find_known(session, target.account)
        assert person is not None
        contact.suspend(session, employee=person, why="威胁客户", at=muster.clock.now(), by=None)


def a_halt(muster: Muster, target: Target) -> None:
    """Contact about the case of the target is stopped."""
    with muster.database.writing() as session:
        case = session.get_one(Case, target.case)
        case.status = CaseStatus.SUSPENDED
        session.merge(
            Halt(
                id=target.case,
                case_id=case.id,
                kind=HaltKind.LEGAL,
                status_before=CaseStatus.IN_PROGRESS,
                opened_at=muster.clock.now(),
                opened_by_id=case.owner_id,
                owner_id=case.owner_id,
                closed_at=None,
            )
        )


def a_payment(muster: Muster, target: Target) -> None:
    """Somebody has reported a payment for the case of the target; it has the number of the case."""
    with muster.database.writing() as session:
        payment = session.get(Payment, target.case) or Payment(id=target.case, case_id=target.case)
        payment.amount, payment.paid_on = 100, muster.clock.now().date()
        payment.state, payment.reported_at = PaymentState.REPORTED, muster.clock.now()
        payment.posted_at = payment.decided_at = payment.decided_by_id = payment.credited_to_id = None
        session.add(payment)


def an_offer(muster: Muster, target: Target) -> None:
    """The head office has asked for a small waiver for the case of the target; likewise."""
    with muster.database.writing() as session:
        head = staff.find_known(session, "head")
        assert head is not None
        offer = session.get(SettlementOffer, target.case) or SettlementOffer(
            id=target.case, case_id=target.case
        )
        offer.pay_amount, offer.waived_amount = 999_000, 1_000
        offer.pay_by, offer.tier = muster.clock.now().date() + timedelta(days=5), "team_leader"
        offer.state, offer.asked_at = OfferState.ASKED, muster.clock.now()
        offer.asked_by_id = offer.decider_id = head.id
        offer.decided_at = offer.decided_by_id = None
        session.add(offer)


def something_said(muster: Muster, target: Target) -> None:
    """The target, and nobody else, has written something that must not be said."""
    with muster.database.writing() as session:
        session.execute(delete(WordingHit))
        session.execute(delete(WordingText))
        author = staff.find_known(session, target.account)
        assert author is not None
        wording.keep_hits(
            session,
            author=author,
            about="case:1024",
            subject="debtor:1",
            examination=wording.examine("再不还就让你好看", muster.policy),
            at=muster.clock.now(),
        )


def a_request(muster: Muster, target: Target) -> None:
    """Who applied to the unit of the target asks for another chance; it has the number of the candidate."""
    at = muster.clock.now()
    with muster.database.writing() as session:
        application = session.scalars(
            select(Application).where(Application.person_id == target.candidate_id)
        ).one()
        process = recruiting.process_of(session, application.id, policy=muster.policy)
        process.stages[0].status = StageStatus.REMEDIAL_REQUESTED
        request = session.get(RemedialRequest, target.candidate_id) or RemedialRequest(
            id=target.candidate_id, application_id=application.id, stage_id=process.stages[0].id
        )
        request.person_id, request.kind = target.candidate_id, RequestKind.REMEDIAL
        request.state, request.begun_at, request.changed_at = RequestState.SUBMITTED, at, at
        session.add(request)


def an_interview(muster: Muster, target: Target) -> None:
    """Who asks holds an interview with who applied to the unit of the target."""
    with muster.database.writing() as session:
        application = session.scalars(
            select(Application).where(Application.person_id == target.candidate_id)
        ).one()
        holder = staff.find_known(session, "asker")
        assert holder is not None
        stage = recruiting.process_of(session, application.id, policy=muster.policy).stages[0]
        stage.interviewer_id, stage.status = holder.id, StageStatus.SCHEDULED


def a_need(muster: Muster, target: Target) -> None:
    """Who applied to the unit of the target has passed everything; the department has not answered."""
    at = muster.clock.now()
    with muster.database.writing() as session:
        application = session.scalars(
            select(Application).where(Application.person_id == target.candidate_id)
        ).one()
        assert application.id == target.candidate_id
        for stage in recruiting.process_of(session, application.id, policy=muster.policy).stages:
            stage.status = StageStatus.PASSED
        chain = session.get(HiringChain, application.id) or HiringChain(
            application_id=application.id, start_on=at.date(), begun_at=at, round=1
        )
        chain.state = ChainState.NEED
        session.add(chain)


HOW = {
    "attendance.check_in": Ask("打卡", ("POST", "/checkins"), body={}, own=True),
    "attendance.see_team": Ask("谁没打卡", ("GET", "/attendance/team"), listed=True),
    "attendance.arrange": Ask(
        "加打卡地点 {unit}",
        ("POST", "/attendance/sites"),
        body={"unit": "{unit_id}", "name": "新地点", "latitude": 30.58, "longitude": 104.06},
        units=True,
        before=standing_somewhere,
    ),
    "attendance.decide": Ask(
        "同意考勤 {candidate_id}",
        ("POST", "/attendance/requests/{candidate_id}/decision"),
        body={"approves": True},
        but_not=frozenset({Distance.OWN}),
        before=a_forgotten_tap,
    ),
    "attendance.see_track": Ask("轨迹 {account}", ("GET", "/people/{account}/track")),
    "field_alerts.decide": Ask("外勤异常", ("GET", "/field-alerts"), listed=True, before=an_alert),
    "messages.see_delivery": Ask("消息状态 {account}", ("GET", "/people/{account}/messages")),
    "messages.recall": Ask("撤回 {account}", ("POST", "/people/{account}/messages/recall"), body={}),
    "people.see": Ask("找人 {account}", ("GET", "/people/{account}")),
    "people.nickname": Ask(
        "外号 {account} 阿宝",
        ("POST", "/people/{account}/nicknames"),
        body={"nickname": "阿宝"},
    ),
    "people.reveal_phone": Ask("电话 {account}", ("POST", "/people/{account}/phone"), body={}),
    "people.export": Ask(
        "导出名单 {unit}", ("POST", "/people/export"), body={"unit": "{unit_id}"}, units=True
    ),
    "people.export_full": Ask(
        "导出名单 {unit} 完整 原因：合规抽查",
        ("POST", "/people/export"),
        body={"unit": "{unit_id}", "full": True, "reason": "合规抽查"},
        units=True,
    ),
    "people.join": Ask(
        "入职 newbie 新来 催收员 {unit}",
        ("POST", "/joinings"),
        body={"account": "newbie", "name": "新来", "role": "collector", "unit": "{unit_id}"},
        units=True,
    ),
    "people.see_joining": Ask("入职进度 {account}", ("GET", "/people/{account}/joining")),
    "people.move": Ask(
        "调动 {account} 到 {unit} 行政 4月1日起",
        ("POST", "/people/{account}/transfer"),
        body={"unit": "{unit_id}", "role": "administration", "effective_on": "2026-04-01"},
    ),
    "people.leave": Ask(
        "离职 {account} 3月31日 薪资",
        ("POST", "/people/{account}/separation"),
        body={"last_day": "2026-03-31", "reason": "pay"},
    ),
    # Nobody is appointed but by joining or moving, so that it takes people.join or people.move as well.
    "people.appoint": Ask(
        "入职 newbie 新来 财务 {unit}",
        ("POST", "/joinings"),
        body={"account": "newbie", "name": "新来", "role": "finance", "unit": "{unit_id}"},
        units=True,
    ),
    "people.cover": Ask(
        "请假 {account} 3月9日 到 3月13日 给 {mate}",
        ("POST", "/people/{account}/leave"),
        body={"cover": "{mate}", "first": "2026-03-09", "last": "2026-03-13"},
    ),
    "people.erase": Ask(
        "删除资料 gone-{account}",
        ("POST", "/people/gone-{account}/erase"),
        body={},
        units=True,
        before=somebody_gone,
    ),
    "audit.see": Ask("留痕 {account}", ("POST", "/people/{account}/trail"), body={}),
    "handover.steer": Ask("交接 {account}", ("GET", "/people/{account}/handover")),
    "handover.answer": Ask("我的交接", ("GET", "/handover-items"), own=True),
    "checklist.work": Ask("待办", ("GET", "/checklist"), own=True),
    "turnover.see": Ask("离职率 {unit}", ("GET", "/turnover?unit={unit}"), units=True),
    "performance.set_goals": Ask(
        "试用期目标 {account} 数据分析",
        ("POST", "/people/{account}/goals"),
        body={"goals": [{"kind": "reports", "target": 3, "weight": 100}]},
        but_not=frozenset({Distance.OWN}),
    ),
    "training.coach": Ask(
        "复评 {account}",
        ("POST", "/people/{account}/courses"),
        body={"version": 0},
    ),
    "performance.see": Ask("业绩 {account}", ("GET", "/people/{account}/performance")),
    "performance.decide_contest": Ask(
        "同意申诉 {candidate_id}",
        ("POST", "/contests/{candidate_id}/decision"),
        body={"agrees": True},
        but_not=frozenset({Distance.OWN}),
        before=a_contest,
    ),
    "performance.import_results": Ask("导入记录", ("GET", "/external-results"), own=True),
    "training.push": Ask(
        "推送 开口三句话 给 {account}",
        ("POST", "/people/{account}/lessons"),
        body={"course": "开口三句话"},
        before=a_lesson,
    ),
    "performance.set_targets": Ask(
        "设目标 {account} 回款率 35% 因为面试分析能力 90 分",
        ("POST", "/people/{account}/targets"),
        body={
            "measure": "recovery_rate_amount",
            "value": 35,
            "month": "2030-01",
            "reason": "面试分析能力 90 分",
        },
        but_not=frozenset({Distance.OWN}),
    ),
    "candidates.see": Ask("候选人 {candidate}", ("GET", "/candidates/{candidate_id}"), units=True),
    "candidates.see_contact": Ask(
        "联系方式 {candidate}", ("GET", "/candidates/{candidate_id}/contact"), units=True
    ),
    "candidates.bind": Ask(
        "绑定码 {candidate}", ("POST", "/candidates/{candidate_id}/binding-code"), body={}, units=True
    ),
    "candidates.merge": Ask("待合并", ("GET", "/candidate-matches"), listed=True, units=True, before=a_pair),
    "candidates.admit": Ask(
        "录取 {candidate}", ("POST", "/candidates/{candidate_id}/admission"), body={}, units=True
    ),
    "recruiting.see": Ask(
        "候选人进度 {candidate}", ("GET", "/candidates/{candidate_id}/process"), units=True
    ),
    "recruiting.override": Ask(
        "放行 {candidate} 材料很好",
        ("POST", "/candidates/{candidate_id}/override"),
        body={"reason": "材料很好"},
        units=True,
    ),
    "recruiting.decide": Ask(
        "拒绝申请 {candidate_id} 材料不够",
        ("POST", "/requests/{candidate_id}/refusal"),
        body={"reason": "材料不够"},
        units=True,
        before=a_request,
    ),
    "recruiting.interview": Ask(
        "评分 {candidate}", ("GET", "/candidates/{candidate_id}/sheet"), units=True, before=an_interview
    ),
    # The application has the number of who applied.
    "recruiting.confirm_need": Ask(
        "不需要了 {candidate_id} 岗位取消了",
        ("POST", "/applications/{candidate_id}/need"),
        body={"needed": False, "reason": "岗位取消了"},
        units=True,
        before=a_need,
    ),
    "candidates.correct": Ask(
        "改手机 {candidate} 154 0009 0009",
        ("POST", "/candidates/{candidate_id}/phone"),
        body={"phone": "154 0009 0009"},
        units=True,
    ),
    # The question has the number of who asked it.
    "enquiries.answer": Ask(
        "答复 {candidate_id} 周三下午",
        ("POST", "/enquiries/{candidate_id}/answer"),
        body={"words": "周三下午"},
        units=True,
        before=a_question,
    ),
    "notices.write": Ask(
        "改通知模板 进度更新 {{姓名}}，有新消息：{{答复}}",
        ("POST", "/notice-templates/update"),
        body={"words": "{{姓名}}，有新消息：{{答复}}"},
        own=True,
    ),
    "notices.review": Ask(
        "审通知模板 进度更新 通过",
        ("POST", "/notice-templates/1/review"),
        body={"accepted": True},
        own=True,
        before=new_words,
    ),
    "notices.send": Ask("通知记录 {candidate}", ("GET", "/candidates/{candidate_id}/notices"), units=True),
    "cases.assign": Ask("额度 {account} 120", ("POST", "/people/{account}/cap"), body={"cap": 120}),
    "files.see": Ask("材料 {account}", ("GET", "/people/{account}/files")),
    # Only the HR nearest to somebody decides about a health proof, whatever the scope: nobody does elsewhere.
    "files.see_health": Ask(
        "健康证明 通过 {account}",
        ("POST", "/people/{account}/health-proof"),
        body={"passed": True},
        but_not=frozenset({Distance.ELSEWHERE}),
        before=a_health_proof,
    ),
    "training.publish": Ask("发课程", ("GET", "/courses/first_course/versions"), own=True, before=a_course),
    "contact.rules": Ask("规则包", ("GET", "/creditors"), own=True),
    # Nobody gives the own rights back.
    "contact.lift": Ask(
        "恢复联系权 {account}",
        ("POST", "/people/{account}/contact-rights/restore"),
        body={},
        but_not=frozenset({Distance.OWN}),
        before=suspended_rights,
    ),
    "cases.see": Ask("案件 {case}", ("GET", "/cases/{case}")),
    "cases.work": Ask(
        "催记 {case} 没人接",
        ("POST", "/cases/{case}/notes"),
        body={"outcome": "no_answer", "words": "没人接"},
    ),
    "cases.steer": Ask("恢复 {case}", ("POST", "/cases/{case}/resume"), body={}, before=a_halt),
    "payments.confirm": Ask(
        "确认到账 {case}", ("POST", "/payments/{case}/confirm"), body={}, before=a_payment
    ),
    "settlements.decide": Ask(
        "不同意减免 {case} 免得太多",
        ("POST", "/settlements/{case}/decision"),
        body={"approved": False, "reason": "免得太多"},
        before=an_offer,
    ),
    "signals.send": Ask(
        "转告 {case} 周五能还100",
        ("POST", "/cases/{case}/signals"),
        body={"kind": "willing_to_pay", "amount": 10_000, "words": "周五能还100"},
    ),
    "training.learn": Ask("我的证书", ("GET", "/certificates"), own=True),
    # Nobody looks at their own homework.
    "training.review": Ask(
        "通过作业 {candidate_id}",
        ("POST", "/homework/{candidate_id}/decision"),
        body={"accepts": True},
        but_not=frozenset({Distance.OWN}),
        before=homework_handed_in,
    ),
    # Nobody judges what they have written themselves, so that it is not listed.
    "wording.review": Ask(
        "话术待审",
        ("GET", "/wording/texts"),
        listed=True,
        but_not=frozenset({Distance.OWN}),
        before=something_said,
    ),
    "wording.allow": Ask(
        "放行话术 辱骂侮辱 老赖名录 原因：法院公示的名称",
        ("POST", "/wording/allowances"),
        body={"rule": "INSULT", "words": "老赖公示栏", "reason": "法院公示的名称"},
        own=True,
    ),
}
