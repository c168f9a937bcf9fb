"""Words that must not be said: who hears of them, who judges them, and what follows."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from bot.miniapp import Tokens
from models import cases, secrecy, staff, wording
from models.cases import Case, CaseStatus, ContactNote, Signal
from models.contact import ContactSuspension
from models.wording import WordingHit, WordingText
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

BUTTONS = "[属实][误报][需要培训]"
KEPT = "记录已照原样存下。"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams, and head office with compliance."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")  # pushes of the full hour are spread over the minute after it
    return made


def note(floor: Floor, who: str, number: int, words: str) -> None:
    """Somebody notes what came of a call, and a second passes."""
    with floor.muster.database.writing() as session:
        author = staff.find_employee(session, who, at=floor.clock.now())
        assert author is not None
        cases.add_note(
            session,
            actor=author,
            case=session.get_one(Case, number),
            at=floor.clock.now(),
            policy=floor.policy,
            outcome="other",
            words=words,
        )
    floor.clock.passes_to(f"{floor.clock.now():%H}:{floor.clock.now().minute + 1:02d}")


def call(
    floor: Floor, client: FlaskClient, who: str, method: str, path: str, body: Mapping[str, Any] | None = None
) -> tuple[int, Any]:
    """(status, answer) of a call of the API."""
    token = Tokens(floor.muster).issue(who)
    told = client.open(
        f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
    )
    answer = told.get_json()
    return told.status_code, answer.get("result", answer)


def test_a_threat_in_a_note_is_kept_and_shown_to_leader_and_supervisor_at_once(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    note(floor, "zhangsan", number, "我跟他讲再不还就让你好看，电话13800138000")

    card = (
        "张三的话要看一下：威胁恐吓、写出完整号码\n"
        f"「我跟他讲再不还就让你好看，电话138****8000」{KEPT}\n{BUTTONS}"
    )
    floor["leader"].sees(card)
    floor["boss"].sees(card)
    assert floor["leader"].last_card is not None
    assert [row["value"] for row in floor["leader"].last_card["horizontal_content_list"]] == [
        "张三",
        "案件 1001，3月2日 周一 10:05",
        "威胁恐吓、写出完整号码",
    ]
    floor["zhangsan"].sees(
        "案件 1001的记录已照原样存下，其中「我跟他讲再不还就让你好看，电话138****8000」"
        "碰到了「威胁恐吓、写出完整号码」，组长会看一眼。\n\n可以这样：请尽快处理这笔欠款；有困难可以联系我们，一起商量还款安排。"
    )
    assert rows(floor.muster, ContactNote)[0].flags == ["THREAT", "PII_LEAK"]
    with floor.muster.database.reading() as session:
        [text] = session.scalars(select(WordingText)).all()
        said = secrecy.open_text(session, text.subject, rows(floor.muster, ContactNote)[0].words)
    assert said == "我跟他讲再不还就让你好看，电话138****8000"
    assert text.version == floor.policy.wording.version


def test_a_clean_note_makes_no_noise(floor: Floor) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), "月底发工资，还两千")

    floor["leader"].sees_nothing()
    floor["zhangsan"].sees_nothing()
    assert rows(floor.muster, WordingText) == []


def test_what_a_debtor_said_is_for_review_and_no_reproach(floor: Floor) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), "客户骂我骗子，挂了")

    floor["leader"].sees(
        f"张三的话要看一下：辱骂侮辱\n「客户骂我骗子，挂了」像是在转述别人的话。{KEPT}\n{BUTTONS}"
    )
    floor["zhangsan"].sees_nothing()


def test_a_confirmed_threat_takes_the_right_to_contact_debtors(floor: Floor, client: FlaskClient) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), "我跟他讲再不还就让你好看")
    floor["zhangsan"].news()
    floor["boss"].news()
    floor["leader"].news()

    floor["leader"].taps_card("wording_review:1.confirmed")

    floor["leader"].sees(
        "(按钮:属实)",
        "好的，张三写在案件 1001的话记为「属实」。\n张三的联系权已停，主管恢复之前不能再联系客户。",
    )
    floor["boss"].sees("(按钮:属实)")
    floor["zhangsan"].sees(
        "你写在案件 1001的话经核实属于「威胁恐吓」，联系客户的权限先停了。请找主管谈，主管恢复之后才能继续。"
    )
    [suspension] = rows(floor.muster, ContactSuspension)
    assert suspension.why == "wording:THREAT"
    floor["boss"].taps_card("wording_review:1.false_positive")
    floor["boss"].sees("(按钮:属实)", "赵组长 3月2日 周一 10:06 已经定为「属实」。")


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("我跟他讲再不还就让你好看", "false_positive"),
        ("我跟他讲再不还就让你好看", "needs_training"),
        ("我骂他老赖", "confirmed"),
        ("客户说你再打就让你好看", "confirmed"),
    ],
)
def test_nothing_else_takes_it(floor: Floor, words: str, decision: str) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), words)
    floor.everybody_reads()

    floor["leader"].taps_card(f"wording_review:1.{decision}")

    floor.everybody_reads()
    assert rows(floor.muster, ContactSuspension) == []
    assert {hit.decision for hit in rows(floor.muster, WordingHit)} == {decision}


def test_a_hint_at_suicide_stops_contact_and_reaches_leader_supervisor_and_compliance(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    note(floor, "zhangsan", number, "客户说不想活了，一直哭")

    card = (
        "紧急：案件 1001 有人可能轻生或动手\n"
        "张三写：「客户说不想活了，一直哭」先停止催收，马上找张三问清；有危险就报 110、120，"
        f"心理援助热线 12356。\n{BUTTONS}"
    )
    for account in ("leader", "boss", "fenghegui"):
        floor[account].sees(card)
    floor["zhangsan"].sees(
        "案件 1001：你写到「客户说不想活了，一直哭」。先停下来，不要再联系对方催款，"
        "组长、主管和合规已经知道，会马上找你。对方有危险就报 110、120；"
        "心理援助热线 12356 可以告诉对方，你需要时也可以打。"
    )
    assert floor.look(number).status == CaseStatus.SUSPENDED
    note(floor, "zhangsan", floor.case(owner="zhangsan", phone="13900139000"), "他又说想跳楼")
    floor["leader"].reads()


def test_what_customer_service_passes_on_is_heard_too(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    with floor.muster.database.writing() as session:
        desk = staff.find_employee(session, "zhengkefu", at=floor.clock.now())
        assert desk is not None
        cases.send_signal(
            session,
            actor=desk,
            case=session.get_one(Case, number),
            kind="hardship",
            words="来电说活不下去了，电话13800138000",
            at=floor.clock.now(),
            policy=floor.policy,
            calendar=floor.calendar,
        )
    floor.clock.passes_to("10:06")

    assert floor["fenghegui"].reads() != []
    assert floor.look(number).status == CaseStatus.SUSPENDED


def test_a_note_typed_in_the_chat_is_masked_and_stops_contact(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhengkefu"].says(f"转告 {number} 周五能还100")
    floor.everybody_reads()

    floor["zhangsan"].says(f"催记 {number} 接通了，客户说不想活了，让打13800138000")

    answer = "\n".join(floor["zhangsan"].reads())
    assert "138****8000" in answer
    assert "13800138000" not in answer
    assert floor.look(number).status == CaseStatus.SUSPENDED
    assert [signal.handled_at is not None for signal in rows(floor.muster, Signal)] == [True]


def test_what_nobody_looks_at_within_a_workday_goes_to_the_supervisor(floor: Floor) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), "我骂他老赖")
    floor["leader"].reads()
    floor["boss"].sees_nothing()

    floor.clock.passes_to("2026-03-03 10:04")
    floor["boss"].news()
    floor.clock.passes_to("2026-03-03 10:13")

    floor["boss"].sees(
        f"张三的话还没人看：辱骂侮辱\n「我骂他老赖」过了时限还没有结论，请你定一下。\n{BUTTONS}"
    )
    floor.clock.passes_to("2026-03-03 10:33")
    floor["boss"].sees_nothing()


def test_the_list_shows_what_waits_within_reach_and_never_ones_own(floor: Floor) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), "我骂他老赖")
    note(floor, "zhaoliu", floor.case(owner="zhaoliu", phone="13900139000"), "保证减免，只还本金就行")
    note(floor, "leader", floor.case(owner="leader", phone="13700137000"), "我骂他废物")
    floor.everybody_reads()

    floor["leader"].says("话术待审")

    floor["leader"].sees("话术待审，共 1 条\n点一条看原话、下结论。\n[看 1]")
    floor["leader"].taps_card("wording_text:1")
    floor["leader"].sees(f"张三：辱骂侮辱\n「我骂他老赖」\n{BUTTONS}")
    floor["leader"].taps_card("wording_review:1.needs_training")
    assert sorted(floor["leader"].reads()) == [
        "(按钮:需要培训)",
        "(按钮:需要培训)",
        "好的，张三写在案件 1001的话记为「需要培训」。\n"
        "请找张三讲一讲，可以这样说：请按约定还款；如果暂时有困难，请告诉我们原因和打算。",
    ]
    floor["leader"].says("话术待审")
    floor["leader"].sees("没有待审的话术。")
    floor["boss"].says("话术待审")
    floor["boss"].sees("话术待审，共 2 条\n点一条看原话、下结论。\n[看 1][看 2]")
    floor["leader"].taps("wording_review:3.confirmed")
    floor["leader"].sees("自己写的话要请别人看，不能自己下结论。")
    floor["leader"].taps("wording_review:2.confirmed")
    floor["leader"].sees("没有这条话术，或者不在你的范围里。发「话术待审」看还有哪些。")


def test_compliance_lets_words_pass_with_a_reason_and_takes_it_back(floor: Floor) -> None:
    compliance = floor["fenghegui"]
    compliance.says("放行话术 辱骂侮辱 老赖名录")
    compliance.sees(
        "要写清放行哪几个字（至少两个字）和原因，如「放行话术 辱骂侮辱 老赖名录 原因：法院公示的名称」。"
    )
    compliance.says("放行话术 骂人 老赖名录 原因：公示名称")
    assert compliance.reads()[0].startswith(
        "没有「骂人」这条规则，或者它不能放行。可以写：威胁恐吓、辱骂侮辱、"
    )
    compliance.says("放行话术 辱骂侮辱 老赖名录 原因：法院公示的名称")
    compliance.sees("好的，从现在起「老赖名录」不再算辱骂侮辱。发「放行话术」可以看和撤掉。")
    compliance.says("放行话术 INSULT 老赖名录 原因：再来一次")
    compliance.sees("「老赖名录」已经在辱骂侮辱里放行了。")
    number = floor.case(owner="zhangsan")

    note(floor, "zhangsan", number, "查了老赖名录，没有客户")

    floor["leader"].sees_nothing()
    compliance.says("放行话术")
    compliance.sees("放行的话，共 1 条\n点一下撤掉，以后照样会报。\n[撤掉老赖名录]")
    compliance.taps_card("wording_forbid:1")
    compliance.sees("(按钮:已撤掉)", "撤掉了，「老赖名录」以后照样算辱骂侮辱。")
    compliance.taps("wording_forbid:1")
    compliance.sees("没有这条放行，可能已经撤掉了。发「放行话术」看现在有哪些。")
    note(floor, "zhangsan", number, "查了老赖名录，没有客户。")
    assert floor["leader"].reads() != []


def test_a_draft_can_be_checked_before_it_is_sent(floor: Floor, client: FlaskClient) -> None:
    someone = floor["zhangsan"]
    someone.says("检查话术")
    someone.sees("把要发的话写在后面，如「检查话术 今天不还就起诉你」。")
    someone.says("检查话术 今天不还就坐牢")
    someone.sees(
        "这样不能发：\n「今天不还就坐牢」是编造法律或征信后果\n"
        "可以这样：逾期可能影响您的信用记录，并产生合同约定的费用；具体以合同和委托方的通知为准。"
    )
    someone.says("检查话术 请您在3月6日前还款")
    someone.sees("可以发，没有碰到禁语。")

    status, told = call(floor, client, "zhangsan", "POST", "/wording/check", {"text": "保本保息"})
    assert (status, told["blocked"]) == (200, True)


def test_what_must_not_leave_is_refused_with_other_words(floor: Floor) -> None:
    with floor.muster.database.reading() as session, pytest.raises(wording.WordingBlocked) as refused:
        wording.require_clean(session, "下班前不处理完，让你好看", floor.policy)

    facts = refused.value.facts
    assert (facts["code"], facts["rule"], facts["words"]) == ("THREAT", "威胁恐吓", "让你好看")
    assert facts["rewrite"]
    with floor.muster.database.reading() as session:
        clean = wording.require_clean(session, "催一下13800138000", floor.policy)
    assert clean.masked == "催一下138****8000"


def test_the_figures_tell_how_good_each_rule_is(floor: Floor, client: FlaskClient) -> None:
    number = floor.case(owner="zhangsan")
    for words in ("我骂他老赖", "他是废物", "正常沟通"):
        note(floor, "zhangsan", number, words)
    floor.everybody_reads()
    floor["leader"].taps("wording_review:1.confirmed")
    floor["leader"].taps("wording_review:2.false_positive")
    floor.everybody_reads()

    floor["leader"].says("话术统计")

    floor["leader"].sees(
        "话术统计 2月1日 周日 到 3月2日 周一，共 3 笔催记\n"
        "辱骂侮辱：2 处，每千笔 666.7；看过 2，属实 1，误报 1，需要培训 0，准确率 50%"
    )
    floor["leader"].says("话术统计 一月")
    floor["leader"].sees("话术统计 1月1日 周四 到 1月31日 周六，共 0 笔催记\n没有命中。")
    floor["leader"].says("话术统计 老张")
    floor["leader"].sees("没看懂「老张」。写成「话术统计」看最近 30 天，或「话术统计 三月」。")
    floor["zhangsan"].says("话术统计")
    assert "没有这项权限" in floor["zhangsan"].reads()[0]
    status, told = call(floor, client, "leader", "GET", "/wording/figures?first=2026-03-01&last=2026-03-02")
    assert (status, told["rules"][0]["precision"]) == (200, 0.5)


def test_the_api_does_the_same(floor: Floor, client: FlaskClient) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), "我骂他老赖，打爆通讯录")
    floor.everybody_reads()

    _, told = call(floor, client, "leader", "GET", "/wording/texts")
    [text] = told["texts"]
    assert [hit["rule"] for hit in text["hits"]] == ["INSULT", "HARASS"]
    assert text["due_at"].startswith("2026-03-03T10:05")
    first = text["hits"][0]["id"]
    verdict = {"decision": "confirmed", "hit": first}
    assert call(floor, client, "leader", "POST", "/wording/texts/1/review", verdict)[0] == 200
    assert call(floor, client, "leader", "POST", "/wording/texts/1/review", verdict)[0] == 409
    assert call(floor, client, "leader2", "GET", "/wording/texts/1")[0] == 404
    assert call(floor, client, "leader2", "GET", "/wording/texts/99")[0] == 404
    assert call(floor, client, "leader", "GET", "/wording/texts/1")[0] == 200
    entry = {"rule": "HARASS", "words": "打爆通讯录", "reason": "培训材料的标题"}
    status, told = call(floor, client, "fenghegui", "POST", "/wording/allowances", entry)
    assert status == 200
    _, listed = call(floor, client, "fenghegui", "GET", "/wording/allowances")
    assert [one["words"] for one in listed["allowances"]] == ["打爆通讯录"]
    assert call(floor, client, "fenghegui", "DELETE", f"/wording/allowances/{told['allowance']}")[0] == 200
    floor.everybody_reads()


def test_the_same_text_again_is_kept_once(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    note(floor, "zhangsan", number, "我骂他老赖")
    note(floor, "zhangsan", number, "我骂他老赖 ")

    assert len(rows(floor.muster, WordingText)) == 1


def test_the_words_go_with_who_wrote_them_and_with_the_debtor(floor: Floor) -> None:
    note(floor, "zhangsan", floor.case(owner="zhangsan"), "我骂他老赖，李四也听见了")
    note(floor, "lisi", floor.case(owner="lisi", phone="13900139000"), "我骂他废物")
    note(floor, "lisi", floor.case(owner="lisi", phone="13700137000"), "张三骂他废物")
    floor.everybody_reads()
    with floor.muster.database.writing() as session:
        first, second, third = session.scalars(select(WordingText).order_by(WordingText.id)).all()
        author = staff.find_known(session, "zhangsan")
        assert author is not None
        staff.make_unreadable(session, person=author, at=floor.clock.now())
        assert (first.words, first.text_hash) == (None, "")
        assert secrecy.open_text(session, third.subject, third.words) == "已删除骂他废物"
        secrecy.destroy_key(session, second.subject, at=floor.clock.now())
        assert wording.forget_unreadable(session) == 1
        assert (second.words, second.text_hash) == (None, "")
        assert [hit.code for hit in session.scalars(select(WordingHit))] == ["INSULT"] * 3
