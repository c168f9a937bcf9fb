"""Cases given away by an ordinary sentence: shown, confirmed, told to those concerned, and taken back."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import cases
from models.cases import Case, CaseStatus
from models.contact import Debtor
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock

DEBTORS = (("王小明", "13800138000"), ("李小红", "13800138001"), ("赵小军", "13800138002"))


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """The two teams."""
    found = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return found


def three_cases(floor: Floor) -> list[int]:
    """What 张三 has: two cases of M1 and one of M3."""
    return [
        floor.case(owner="zhangsan", balance=500000),
        floor.case(owner="zhangsan", balance=300000, name="李小红", phone="13800138001"),
        floor.case(owner="zhangsan", bucket=3, balance=900000, name="赵小军", phone="13800138002"),
    ]


def test_a_sentence_becomes_a_preview_and_after_it_is_confirmed_a_transfer(floor: Floor) -> None:
    first, second, other = three_cases(floor)
    boss = floor["boss"]

    boss.says("把张三手上M1的案子分20个给李四，今天下班前联系")
    boss.sees(
        "把张三的 2 件给李四？\n"
        "共 8,000 元，M1。要 20 件，只有 2 件可以给。确认后 30 分钟内可以撤销。\n[确认][取消]"
    )
    boss.says("确认")

    assert [floor.look(number).owner_id for number in (first, second, other)] == [
        floor.employee("lisi").id,
        floor.employee("lisi").id,
        floor.employee("zhangsan").id,
    ]
    floor.hears_only("boss", "lisi", "zhangsan")


def test_when_the_person_has_no_such_case_the_answer_says_where_to_look(floor: Floor) -> None:
    three_cases(floor)
    leader = floor["leader"]

    leader.says("把张三M5一万以上的转给李四")
    leader.sees("张三手上没有这样的案子。发「看看张三的案子」就知道有哪些。")
    leader.says("看看张三的案子")

    assert leader.reads()[0].startswith("张三：3 件，共 17,000 元。")


def test_what_was_said_of_the_cases_is_told_apart(floor: Floor) -> None:
    floor.case(balance=500000)

    floor["boss"].says("池子里M1的4000以上的分1个给张三")

    assert "共 5,000 元，M1、4,000 元以上、池子里。" in floor["boss"].reads()[0]


def test_it_is_taken_back_exactly(floor: Floor) -> None:
    first, *_ = three_cases(floor)
    boss = floor["boss"]
    boss.says(f"{first}转给王五")
    boss.says("确认")
    floor.everybody_reads()

    boss.says("搞错了，退回去")

    assert floor.look(first).owner_id == floor.employee("zhangsan").id
    assert floor.look(first).status == CaseStatus.IN_PROGRESS
    boss.sees("撤销了：1 件案子都回到原来的样子。2 条消息已从手机上收回。")


def test_cases_that_are_not_there_are_not_given_away(floor: Floor) -> None:
    first, *_ = three_cases(floor)
    boss = floor["boss"]

    boss.says(f"把李四手上的{first}转给王五")
    boss.says("确认")

    boss.sees(
        f"案件 {first} 不在李四手上，什么都没有改。发「{first}什么情况」看在谁手上。",
        "现在没有等你确认的操作。",
    )


def test_the_pool_is_shared_out_by_a_sentence(floor: Floor) -> None:
    numbers = [floor.case(name=name, phone=phone) for name, phone in DEBTORS]
    boss = floor["boss"]

    boss.says("新来的案子平均分给一组")
    boss.sees("把 3 件给张三等 3 人？\n共 9,000 元，池子里。确认后 30 分钟内可以撤销。\n[确认][取消]")
    boss.says("好的")

    owners = {floor.look(number).owner_id for number in numbers}
    assert floor.employee("boss").id not in owners


def test_a_deadline_that_has_passed_is_asked_again(floor: Floor) -> None:
    first, *_ = three_cases(floor)
    boss = floor["boss"]
    floor.clock.at("16:00")

    boss.says(f"{first}转给王五，今天三点前联系")
    boss.sees("到什么时候为止？\n点一下，也可以直接回复。\n[明天上午][明天下午][取消]")
    boss.says("明天上午十点前")
    boss.says("确认")

    assert f"{floor.look(first).contact_by:%m-%d %H:%M}" == "03-03 10:00"
    boss.news()


def test_a_deadline_in_the_night_is_told(floor: Floor) -> None:
    first, *_ = three_cases(floor)

    floor["boss"].says(f"{first}转给王五，今晚11点前联系")

    [preview] = floor["boss"].reads()
    assert "不在可以联系的时间" in preview


def test_a_whole_team_gives_its_cases_to_another_by_one_sentence(floor: Floor) -> None:
    three = three_cases(floor)
    waiting = floor.case(name="孙小刚", phone="13800138003")
    boss = floor["boss"]

    boss.says("把一组的案子都转给二组")
    [preview] = boss.reads()
    boss.says("确认")

    assert preview.startswith("把一组的 3 件给")
    members = {floor.employee(account).id for account in ("zhaoliu", "zhouqi", "lisi2", "zhangwei")}
    assert {floor.look(number).owner_id for number in three} <= members
    assert floor.look(waiting).status == CaseStatus.POOL


def test_a_part_of_the_cases_is_counted(floor: Floor) -> None:
    three_cases(floor)

    floor["boss"].says("张三的M1一半给王五")

    [preview] = floor["boss"].reads()
    assert preview.startswith("把张三的 1 件给王五？")


def test_who_is_left_out_gets_nothing(floor: Floor) -> None:
    numbers = [floor.case(name=name, phone=phone) for name, phone in DEBTORS]
    boss = floor["boss"]

    boss.says("新来的平均分给一组，别给王五")
    boss.says("确认")

    owners = {floor.look(number).owner_id for number in numbers}
    assert owners == {floor.employee("zhangsan").id, floor.employee("lisi").id}


def test_a_rough_number_is_asked_back(floor: Floor) -> None:
    first, second, _ = three_cases(floor)
    boss = floor["boss"]

    boss.says("从张三那拨一两个M1给王五")
    boss.sees("几个？\n点一下，也可以直接回复。\n[1个][2个][取消]")
    assert boss.last_card is not None
    boss.taps_card(boss.last_card["button_list"][1]["key"])
    [preview] = boss.reads()

    assert preview.startswith("把张三的 2 件给王五？")
    assert {floor.look(number).owner_id for number in (first, second)} == {floor.employee("zhangsan").id}


def test_what_was_said_last_counts(floor: Floor) -> None:
    first, second, _ = three_cases(floor)
    boss = floor["boss"]

    boss.says(f"{first}给王五 哦不对 给李四")
    [preview] = boss.reads()
    boss.says(f"{second}给王五 不对 {first}")
    [answer] = boss.reads()

    assert preview.startswith("把 1 件给李四？")
    assert answer.startswith("没听懂")


@pytest.mark.parametrize(
    "both",
    [
        "张三的M1一半给王五，一半给李四",
        "张三的M1给王五，M3给李四",
        "一组的M1给二组，M3给张三",
        "催一下一组，二组也催",
        "{first}转给王五 顺便催一下李四",
        "{first}转给王五，{second}转给李四",
        "{first}转给王五然后把{second}退案",
        "{first}打了没人接 {second}空号",
        "{first}没人接，{second}还了2000",
    ],
)
def test_two_commands_in_one_sentence_are_not_half_done(floor: Floor, both: str) -> None:
    first, second, _ = three_cases(floor)
    boss = floor["boss"]

    boss.says(both.format(first=first, second=second))
    [answer] = boss.reads()
    boss.says("确认")

    assert answer.startswith("没听懂")
    boss.sees("现在没有等你确认的操作。")


def test_each_debtor_counts_by_the_rules_of_the_own_creditor(floor: Floor) -> None:
    first, second, _ = three_cases(floor)
    with floor.muster.database.writing() as session:
        strict = cases.creditor_called(session, "锦江消金")
        strict.pack = "strict"
        session.flush()
        case = session.get_one(Case, second)
        case.creditor_id = session.get_one(Debtor, case.debtor_id).creditor_id = strict.id

    floor["boss"].says(f"{first}、{second}转给王五，今晚9点半前联系")

    [preview] = floor["boss"].reads()
    assert "有 1 件 21:30 不在可以联系的时间，要到 3月3日 周二 08:00。" in preview
