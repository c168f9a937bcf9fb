"""我的案件, 案件, 接单, 拒绝, 催记 and 承诺, as a collector with a phone lives through them."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models.cases import CaseStatus, ContactNote
from models.contact import ContactAttempt
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

OLD = "(按钮:已更新)"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, and head office, a few minutes past ten."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return made


def lines(floor: Floor, account: str) -> dict[str, str]:
    """The rows of the newest card: what stands before the colon → what stands behind it."""
    card = floor[account].last_card
    assert card is not None
    return {row["keyname"]: row["value"] for row in card["horizontal_content_list"]}


def test_the_list_shows_first_what_is_due_first(floor: Floor) -> None:
    floor.case(owner="zhangsan", name="李雷", phone="13800138001", bucket=3, balance=1_200_000)
    floor.case(owner="zhangsan", accepted=False)
    promised = floor.case(owner="zhangsan", name="韩梅", phone="13800138002", balance=80_000)
    floor["zhangsan"].says(f"承诺 {promised} 500 今天")
    floor["zhangsan"].news()

    floor["zhangsan"].taps("my_cases")

    floor["zhangsan"].sees(
        "今天要跟 3 件\n手上共 3 件，1 件还没接，发「接单」全部接下。\n[1003 韩*][1002 王*][1001 李*]"
    )
    card = floor["zhangsan"].last_card
    assert card is not None
    assert [(row["keyname"], row["value"]) for row in card["horizontal_content_list"]] == [
        ("今天承诺", "1003 韩* M1 500 元（承诺）"),
        ("待接单", "1002 王* M1 3,000 元"),
        ("待首联", "1001 李* M3 12,000 元"),
    ]


def test_a_long_list_has_pages(floor: Floor) -> None:
    for number in range(7):
        floor.case(owner="zhangsan", name=f"赵{'一二三四五六七'[number]}", phone=f"1380013810{number}")

    floor["zhangsan"].says("今天要跟的")
    floor["zhangsan"].sees(
        "今天要跟 7 件\n手上共 7 件。\n[1001 赵*][1002 赵*][1003 赵*][1004 赵*][1005 赵*][下一页]"
    )
    floor["zhangsan"].taps_card("my_cases:5")

    floor["zhangsan"].sees("今天要跟 7 件（第 2 页）\n手上共 7 件。\n[1006 赵*][1007 赵*]")


def test_who_has_no_cases_is_told_so(floor: Floor) -> None:
    floor["lisi"].says("我的案件")

    floor["lisi"].sees("你手上没有案件。")


def test_a_case_is_shown_by_its_number_alone_and_masked(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", bucket=2)

    floor["zhangsan"].says(str(number))

    floor["zhangsan"].sees(
        "1001 王* · 跟进中\n蓉城银行 信用卡，M2 逾期 45 天。委案到 6月30日 周二。\n"
        "[拨打][催记][承诺][还款][历史][更多]"
    )
    assert lines(floor, "zhangsan") == {
        "余额": "3,000 元",
        "首联": "3月3日 周二 10:05 前",
        "今天": "能联系，已谈 0/3 次",
    }


def test_at_night_the_card_says_from_when_on_contact_is_lawful(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    clock.at("22:00")

    floor["zhangsan"].says(f"案件 {number}")

    floor["zhangsan"].news()
    assert lines(floor, "zhangsan")["今天"] == "休息时间，明天 08:00 以后可以"


def test_a_leader_sees_whose_it_is_and_others_see_nothing(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    for account in ("leader", "boss", "wukuaiji", "fenghegui", "zhengkefu"):
        floor[account].says(f"案件 {number}")
        floor[account].news()
        assert lines(floor, account)["归谁"] == "张三"
    for account in ("lisi", "leader2", "far", "farboss"):
        floor[account].says(f"案件 {number}")
        floor[account].sees("没有找到案件 1001，请核对编号。")


def test_a_case_is_accepted_on_the_card(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    floor["zhangsan"].says(f"案件 {number}")
    floor["zhangsan"].sees(
        "1001 王* · 待接单\n蓉城银行 信用卡，M1 逾期 15 天。委案到 6月30日 周二。\n[接单][拒绝][历史]"
    )
    assert lines(floor, "zhangsan")["接单"] == "3月2日 周一 14:05 前"

    floor["zhangsan"].taps_card("case_accept:1001.2")

    floor["zhangsan"].sees(
        "(按钮:已接单)",
        "接好了，1001 王* 归你跟\n余额 3,000 元，M1。3月3日 周二 10:05 前要有第一次联系。\n[看案件][催记]",
    )
    assert floor.look(number).status == CaseStatus.IN_PROGRESS


def test_all_that_wait_are_accepted_with_one_word(floor: Floor) -> None:
    floor.case(owner="zhangsan", accepted=False)
    floor.case(owner="zhangsan", accepted=False, name="李雷", phone="13800138001", balance=100_000)

    floor["zhangsan"].says("都接了")
    floor["zhangsan"].sees(
        "好的，2 件都接下了，共 4,000 元。最早一件 3月3日 周二 10:05 前要有第一次联系。发「我的案件」开始跟。"
    )

    floor["zhangsan"].says("接单")
    floor["zhangsan"].sees("现在没有等你接的案件。发「我的案件」看手上的。")


def test_some_are_accepted_by_their_numbers(floor: Floor) -> None:
    for number in range(3):
        floor.case(owner="zhangsan", accepted=False, name=f"赵{number}", phone=f"1380013820{number}")

    floor["zhangsan"].says("接单 1001、1003")

    floor["zhangsan"].news()
    assert [floor.look(number).status for number in (1001, 1002, 1003)] == [
        CaseStatus.IN_PROGRESS,
        CaseStatus.ASSIGNED,
        CaseStatus.IN_PROGRESS,
    ]


def test_declining_asks_for_the_reason_and_tells_who_has_it_now(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    floor["zhangsan"].says(f"拒绝 {number}")
    floor["zhangsan"].sees(
        "为什么不接 1001 王*？\n点一个原因；都不是就直接发「拒绝 1001 加上原因」。拒绝了撤不回来。\n"
        "[是我亲戚朋友][手上太多跟不过来][不熟这个地区][语言不通][不会做这个产品]"
    )

    floor["zhangsan"].taps_card("case_decline:1001.relative")

    floor["zhangsan"].sees(
        "(按钮:已拒绝)",
        "好的，1001 退回去了，会分给别人。「撤销」收不回；想接请组长或主管再分给你。",
    )
    floor["boss"].sees("张三没接 1001 王*\n原因：是我亲戚朋友\n[看案件][历史]")
    assert floor.look(number).status == CaseStatus.POOL


def test_an_outcome_is_tapped_and_the_first_talk_asks_for_the_name_of_the_institution(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"催记 {number}")
    floor["zhangsan"].sees(
        "1001 王*，联系得怎么样？\n点一下结果；想多写几句就直接发「催记 1001 你要写的话」。"
        "写了只能更正，不能撤销。\n"
        "[没人接][谈过了][在忙][号码不对][拒绝还款][更多]"
    )
    floor["zhangsan"].taps_card("case_note:1001.talked")
    floor["zhangsan"].sees(
        "(按钮:已记催记)",
        "记好了：1001 谈过了\n下次什么时候跟？\n[有承诺][今天 12:00][明天 10:00][3/5 10:00][看案件]",
        "开头报机构名称了吗？\n1001 的第一笔催记已经记好，再补这一项，照实选就行。\n[报了][没报]",
    )
    [note] = rows(floor.muster, ContactNote)
    assert (note.outcome, note.identity_stated) == ("talked", None)

    floor["zhangsan"].taps_card("case_stated:1001.y")

    floor["zhangsan"].sees("(按钮:已记下)", "好的，记下了：开头报了机构名称。")
    answered = rows(floor.muster, ContactNote)[-1]
    assert (answered.identity_stated, answered.corrects_id, answered.flags) == (True, note.id, [])


def test_a_note_is_kept_though_the_next_call_would_not_be_lawful(
    floor: Floor, muster: Muster, client: FlaskClient
) -> None:
    number = floor.case(owner="zhangsan")

    answer = client.post(
        f"/api/v1/cases/{number}/notes",
        json={"outcome": "no_answer", "words": "没人接", "next_at": "2026-03-03T23:00:00+08:00"},
        headers={"Authorization": f"Bearer {Tokens(muster).issue('zhangsan')}"},
    ).get_json()

    assert (answer["result"]["next_at"], answer["result"]["lawful_from"]) == (
        None,
        "2026-03-04T08:00:00+08:00",
    )
    assert (
        "下次跟进没有定：那时候不能联系，只能在 08:00–22:00 联系。后天 08:00 以后可以。请换个时候。"
        in answer["message"]
    )
    [note] = rows(muster, ContactNote)
    assert (note.outcome, note.next_at) == ("no_answer", None)
    assert floor.look(number).next_at is None


def test_a_note_in_words_is_kept_at_once_and_the_rest_asked_for_afterwards(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    floor["zhangsan"].says(f"催记 {number} 接通了，说周五还")

    floor["zhangsan"].sees(
        "记好了：1001 谈过了\n接通了，说周五还\n下次什么时候跟？\n"
        "[有承诺][今天 12:00][明天 10:00][3/5 10:00][看案件]",
        "开头报机构名称了吗？\n1001 的第一笔催记已经记好，再补这一项，照实选就行。\n[报了][没报]",
    )
    floor["zhangsan"].taps_card("case_stated:1001.y")
    floor["zhangsan"].sees("(按钮:已记下)", "好的，记下了：开头报了机构名称。")
    before, after = rows(floor.muster, ContactNote)
    assert (before.identity_stated, after.identity_stated) == (None, True)
    assert after.corrects_id == before.id
    assert len(rows(floor.muster, ContactAttempt)) == 1


def test_a_correction_is_a_note_of_its_own_about_the_same_contact(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"催记 {number} 没人接")
    floor["zhangsan"].news()

    floor["zhangsan"].says(f"更正 {number} 是他爱人接的，家人接的")

    floor["zhangsan"].sees(
        OLD,
        "更正好了：1001 别人接的\n是他爱人接的，家人接的\n下次什么时候跟？\n"
        "[今天 12:00][明天 10:00][3/5 10:00][看案件]",
    )
    assert len(rows(floor.muster, ContactNote)) == 2
    assert len(rows(floor.muster, ContactAttempt)) == 1


def test_a_correction_without_an_outcome_says_which_one_stands(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"催记 {number} 没人接")
    floor["zhangsan"].news()

    floor["zhangsan"].says(f"更正 {number} 时间记错了是上午打的")

    [_, told] = floor["zhangsan"].reads()
    assert told.startswith(
        "更正好了：1001 没人接\n时间记错了是上午打的\n"
        "结果没有改，还是「没人接」；要改就发「更正 1001 谈过了」，也可以是"
    )


def test_when_to_go_on_is_tapped_or_typed(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"催记 {number} 没人接")
    floor["zhangsan"].news()
    floor["zhangsan"].taps_card("case_next:1001.202603031000")
    floor["zhangsan"].sees("(按钮:已定好)", "好的，1001 下次 3月3日 周二 10:00 跟，到时提醒你。")

    floor["zhangsan"].says(f"下次 {number} 明天下午3点")

    floor["zhangsan"].sees(OLD, "好的，1001 下次 3月3日 周二 15:00 跟，到时提醒你。")


def test_a_promise_in_one_sentence(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    floor["zhangsan"].says(f"承诺 {number} 2000 周五")

    floor["zhangsan"].sees(
        "记下了：1001 3月6日 周五 还 2,000 元\n"
        "到那天提醒你。钱到了发「还款 1001 金额」；记错了点下面取消。\n[取消承诺][看案件]"
    )
    assert floor.look(number).status == CaseStatus.PTP


def test_a_promise_in_three_taps(floor: Floor) -> None:
    floor.case(owner="zhangsan")
    floor["zhangsan"].says("承诺 1001")
    floor["zhangsan"].sees(
        "1001 王* 答应还多少？\n"
        "余额 3,000 元，一半是 1,500 元。别的数就直接发「承诺 1001 3000 周五」。\n[全部][一半]"
    )
    floor["zhangsan"].taps_card("case_promise:1001.150000")
    floor["zhangsan"].sees(
        "1001 答应哪天还 1,500 元？\n最晚可以记到 3月9日 周一。\n"
        "[3月2日 周一][3月3日 周二][3月4日 周三][3月5日 周四][3月7日 周六][3月9日 周一]"
    )

    floor["zhangsan"].taps_card("case_promise:1001.150000.2026-03-05")

    floor["zhangsan"].sees(
        "(按钮:已记承诺)",
        "记下了：1001 3月5日 周四 还 1,500 元\n"
        "到那天提醒你。钱到了发「还款 1001 金额」；记错了点下面取消。\n[取消承诺][看案件]",
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("承诺 1001 99999 周四", "案件 1001 的金额要大于 0，不超过 3,000 元。请核对后再发一次。"),
        (
            "承诺 1001 1000 下下周五",
            "案件 1001 的日期要在 3月2日 周一 到 3月9日 周一 之间，请换一天再发一次。",
        ),
        ("承诺 1001 1000 2月30日", "没有「2月30日」这一天，请核对日期再发一次。"),
        ("承诺", "写上案件编号、金额和日子，如「承诺 1024 3000 周五」。"),
        ("取消承诺 1001", "案件 1001 没有等着兑现的承诺。"),
    ],
)
def test_a_promise_that_cannot_be_says_why(floor: Floor, said: str, answer: str) -> None:
    floor.case(owner="zhangsan")

    floor["zhangsan"].says(said)

    floor["zhangsan"].sees(answer)


def test_a_wrong_promise_is_taken_back_with_one_tap(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says("承诺 1001 两千五 周五")
    floor["zhangsan"].news()

    floor["zhangsan"].taps_card("promise_cancel:1001")

    floor["zhangsan"].sees("(按钮:已取消)", "1001 的承诺取消了（3月6日 周五 2,500 元），案件回到跟进中。")
    assert floor.look(number).status == CaseStatus.IN_PROGRESS


def test_the_history_tells_everything_the_newest_first(floor: Floor, clock: TestClock) -> None:
    floor.case(owner="zhangsan")
    clock.at("10:10")
    floor["zhangsan"].says("催记 1001 没人接，打了两次")
    clock.at("10:20")
    floor["zhangsan"].says("承诺 1001 2000 周五")
    clock.at("10:30")
    floor["zhangsan"].says("取消承诺 1001")
    floor["zhangsan"].news()

    floor["zhangsan"].says("历史 1001")

    floor["zhangsan"].sees(
        "1001 的历史，共 6 条：\n"
        "3/2 10:30 张三 承诺取消\n"
        "3/2 10:20 张三 记承诺：3月6日 周五 2,000 元\n"
        "3/2 10:10 张三 催记：没人接，打了两次\n"
        "3/2 10:05 张三 接单\n"
        "3/2 10:05 分给张三\n"
        "3/2 10:05 导入，池子里"
    )


def test_a_card_of_how_it_was_can_be_tapped_no_more(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"案件 {number}")
    floor["zhangsan"].news()

    floor["zhangsan"].says(f"承诺 {number} 2000 周五")

    assert floor["zhangsan"].reads()[0] == OLD


def test_who_gave_a_case_away_is_told_who_has_it_now(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor["leader"].says(f"案件 {number}")
    floor["leader"].news()

    floor["leader"].says(f"催记 {number} 没人接")

    floor["leader"].sees("没有找到案件 1001，请核对编号。")


def test_late_in_the_evening_the_next_contact_is_offered_for_the_morning(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor.clock.at("22:05")

    floor["zhangsan"].says(f"催记 {number} 没人接")

    assert floor["zhangsan"].reads()[-1].endswith("下次什么时候跟？\n[明天 10:00][3/5 10:00][看案件]")
