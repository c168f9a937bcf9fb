"""分案, 领案, 池子 and 为什么是我, as leaders and collectors live through them."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier as Start
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bot import distributing
from bot.app import Muster
from bot.miniapp import Tokens
from bot.policy import load_policy
from models import cases, contact, distribution, staff
from models.audit import AuditEvent
from models.cases import (
    Assignment,
    AssignmentBatch,
    AssignmentCause,
    AssignmentDraft,
    Case,
    CaseEvent,
    CaseStatus,
    WorkProfile,
)
from models.cases.ownership import RESTORED
from models.contact import ContactSuspension, Debtor
from models.distribution import Strategy, plans, recycling
from models.staff import Employee, UnitKind
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

GOT_TWO = (
    "分给你 2 件案子\n共 6,000 元，钱主管安排的。请在 3月2日 周一 14:05 前接单。"
    "3月3日 周二 10:05 前要联系到客户。\n[全部接单][看列表]"
)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office; five minutes after ten, when pushes leave at once."""
    built = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return built


def pool_of(floor: Floor, count: int, **more: Any) -> list[int]:
    """So many cases in the pool of the branch, each of a debtor of its own."""
    return [floor.case(name=f"欠款{number}", phone=f"1390000{number:04d}", **more) for number in range(count)]


def held(floor: Floor, count: int, owner: str, **more: Any) -> list[int]:
    """So many cases that somebody has accepted."""
    return [
        floor.case(name=f"{owner}{number}", phone=f"1380000{number:04d}", owner=owner, **more)
        for number in range(count)
    ]


def lines_of(card: Any) -> list[str]:
    """The lines of a card."""
    return [f"{row['keyname']}：{row['value']}" for row in card["horizontal_content_list"]]


def owners(floor: Floor, numbers: list[int]) -> list[str]:
    """Accounts of who has these cases."""
    accounts = {row.id: row.wecom_id for row in rows(floor.muster, Employee)}
    return [accounts[floor.look(number).owner_id] for number in numbers]


def profile(floor: Floor, account: str, **values: Any) -> None:
    """What somebody may be given."""
    with floor.muster.database.writing() as session:
        session.merge(WorkProfile(employee_id=floor.employee(account).id, **values))


def give(floor: Floor, who: str, words: str) -> None:
    """Somebody gives cases out and everybody reads of it."""
    floor[who].says(words)
    floor[who].says("确认")
    floor.everybody_reads()


# --- giving out ------------------------------------------------------------------------------------------


def test_a_supervisor_shares_out_the_pool_and_everybody_hears_of_it_once(floor: Floor) -> None:
    numbers = pool_of(floor, 4)
    boss = floor["boss"]

    boss.says("分案 4件 给 张三、李四")
    boss.sees("把 4 件案子分给 2 人？\n平均分，共 12,000 元。\n[确认][取消]")
    assert lines_of(boss.last_card) == [
        "张三：2 件 6,000 元，手上 0→2",
        "李四：2 件 6,000 元，手上 0→2",
    ]
    assert set(owners(floor, numbers)) == {"boss"}
    boss.taps_card("confirm:1")

    boss.sees(
        "(按钮:已分好)",
        "分好了：4 件，共 12,000 元，给了 2 人，每人都收到了一张卡片。10:35 前发「撤销」可以收回。",
    )
    floor["zhangsan"].sees(GOT_TWO)
    floor["lisi"].sees(GOT_TWO)
    assert sorted(owners(floor, numbers)) == ["lisi", "lisi", "zhangsan", "zhangsan"]
    assert all(floor.look(number).status == CaseStatus.ASSIGNED for number in numbers)
    floor.hears_only()


def test_what_was_given_is_accepted_with_one_tap(floor: Floor) -> None:
    numbers = pool_of(floor, 2)
    floor["boss"].says("分案 给 张三")
    floor["boss"].says("确认")
    floor["zhangsan"].sees(GOT_TWO)

    floor["zhangsan"].taps_card("case_accept")

    assert all(floor.look(number).status == CaseStatus.IN_PROGRESS for number in numbers)
    floor.everybody_reads()


def test_the_same_confirmation_twice_gives_out_once(floor: Floor) -> None:
    pool_of(floor, 2)
    give(floor, "boss", "分案 给 张三")

    floor["boss"].taps_card("confirm:1")

    floor.hears_only("boss")
    assert len([row for row in rows(floor.muster, AssignmentBatch) if row.by_id is not None]) == 1


def test_giving_out_is_taken_back_with_its_cards(floor: Floor) -> None:
    numbers = pool_of(floor, 2)
    before = [floor.look(number) for number in numbers]
    floor["boss"].says("分案 给 张三")
    floor["boss"].says("确认")
    floor.everybody_reads()

    floor["boss"].says("撤销")

    floor["boss"].sees("撤销了：2 件案子都回到原来的样子。1 条消息已从手机上收回。")
    [recalled] = floor["zhangsan"].reads()
    assert recalled.startswith("(撤回:")
    for was, now in zip(before, (floor.look(number) for number in numbers), strict=True):
        assert (now.owner_id, now.status, now.unit_id, now.accept_by) == (
            was.owner_id,
            was.status,
            was.unit_id,
            was.accept_by,
        )


def test_cases_of_one_debtor_stay_together_and_a_count_is_not_exceeded(floor: Floor) -> None:
    twins = [floor.case(balance=900000), floor.case(balance=100000)]
    single = floor.case(name="李大", phone="13700000001", balance=200000)

    floor["boss"].says("分案 1件 给 张三")

    floor["boss"].sees("把 1 件案子分给 1 人？\n平均分，共 2,000 元。\n[确认][取消]")
    floor["boss"].says("确认")
    floor.everybody_reads()
    assert owners(floor, [*twins, single]) == ["boss", "boss", "zhangsan"]


@pytest.mark.parametrize("page", [1, 2, 200])
def test_a_count_takes_the_highest_however_many_are_looked_at_at_a_time(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(plans, "PAGE", page)
    stopped = floor.case(name="赵停", phone="13700000001", balance=900000)
    twins = [floor.case(balance=800000), floor.case(balance=100000)]
    single = floor.case(name="李大", phone="13700000002", balance=700000)
    others = pool_of(floor, 3)
    with floor.muster.database.writing() as session:
        debtor = session.get_one(Debtor, floor.look(stopped).debtor_id)
        contact.stop(session, debtor=debtor, why="request", at=floor.clock.now(), by=None)

    floor["boss"].says("分案 1件 给 张三")
    assert "1 件不动：客户已停止联系。" in floor["boss"].reads()[0]
    floor["boss"].says("确认")
    floor.everybody_reads()

    assert owners(floor, [stopped, *twins, single, *others]) == ["boss"] * 3 + ["zhangsan"] + ["boss"] * 3


def test_named_cases_are_taken_from_one_and_given_to_another(floor: Floor) -> None:
    [number] = held(floor, 1, "zhangsan")

    floor["leader"].says(f"分案 {number} 给 王五")
    floor["leader"].says("确认")

    floor["leader"].news()
    floor["zhangsan"].sees(f"案件 {number} 转给了王五，不用再跟了。")
    floor["wangwu"].sees(
        "转给你 1 件案子\n共 3,000 元，赵组长安排的。3月3日 周二 10:05 前要联系到客户。\n[看案件]"
    )
    assert floor.look(number).status == CaseStatus.IN_PROGRESS


@pytest.mark.parametrize(
    ("words", "strategy"),
    [
        ("分案 给 一组", Strategy.EVEN),
        ("分案 给 一组 平均", Strategy.EVEN),
        ("分案 给 一组 轮流", Strategy.TURNS),
        ("分案 给 一组 按手上多少", Strategy.LOAD),
        ("分案 给 一组 按专长", Strategy.SKILL),
        ("分案 给 一组 按地区", Strategy.AREA),
        ("分案 给 一组 按业绩", Strategy.PERFORMANCE),
        ("分案 给 一组 按潜力", Strategy.POTENTIAL),
        ("分案 给 一组 按金额", Strategy.AMOUNT),
    ],
)
def test_every_strategy_can_be_named(floor: Floor, words: str, strategy: Strategy) -> None:
    numbers = pool_of(floor, 5)

    give(floor, "boss", words)

    [batch] = [row for row in rows(floor.muster, AssignmentBatch) if row.by_id is not None]
    assert batch.strategy == strategy
    assert set(owners(floor, numbers)) <= {"zhangsan", "lisi", "wangwu"}
    floor["boss"].says(f"为什么是我 {numbers[0]}")
    [told] = floor["boss"].reads()
    assert "排第" in told


def test_turns_go_on_from_one_day_to_the_next(floor: Floor) -> None:
    first = pool_of(floor, 2)
    give(floor, "boss", "分案 给 一组 轮流")
    second = [floor.case(name=f"新{number}", phone=f"1370000000{number}") for number in range(2)]

    give(floor, "boss", "分案 给 一组 轮流")

    assert owners(floor, [*first, *second]) == ["zhangsan", "lisi", "wangwu", "zhangsan"]


def test_the_best_get_the_highest_balances(floor: Floor) -> None:
    paid, *_ = held(floor, 1, "lisi", balance=1000000), held(floor, 1, "wangwu", balance=1000000)
    with floor.muster.database.writing() as session:
        cases.book_payment(
            session,
            case=session.get_one(Case, paid[0]),
            amount=500000,
            paid_on=floor.clock.now().date(),
            external_id="B1",
            at=floor.clock.now(),
            policy=floor.policy,
        )
    high = floor.case(name="欠得多", phone="13711110000", balance=9000000)
    low = pool_of(floor, 5, balance=1000)

    give(floor, "boss", "分案 给 一组 按业绩")

    assert owners(floor, [high]) == ["lisi"]
    assert max(owners(floor, [high, *low]).count(account) for account in ("zhangsan", "lisi", "wangwu")) <= 2


def test_strong_people_get_where_most_comes_in_and_are_told_why(floor: Floor) -> None:
    with_area = [
        floor.case(owner="lisi", balance=1000000, area="成都", name="已还", phone="13711110001"),
        floor.case(owner="wangwu", balance=1000000, area="绵阳", name="没还", phone="13711110002"),
    ]
    with floor.muster.database.writing() as session:
        cases.book_payment(
            session,
            case=session.get_one(Case, with_area[0]),
            amount=500000,
            paid_on=floor.clock.now().date(),
            external_id="B1",
            at=floor.clock.now(),
            policy=floor.policy,
        )
    rich = [
        floor.case(name=f"富{number}", phone=f"1372222000{number}", balance=9000000, area="绵阳")
        for number in range(4)
    ]
    promising = floor.case(name="能还", phone="13733330000", balance=1000, area="成都")

    floor["boss"].says("把池子里的按潜力分给一组")
    floor["boss"].says("确认")

    assert owners(floor, [promising]) == ["lisi"]
    assert owners(floor, rich).count("lisi") <= 1
    floor["lisi"].news()
    floor["lisi"].says(f"为什么是我 {promising}")
    [told] = floor["lisi"].reads()
    assert "这一户按潜力排第 1：成都近期欠款收回" in told
    assert "先给业绩最好的三分之一，你近期的回款得分是" in told


def test_a_team_is_ones_own_whatever_other_branches_call_theirs(floor: Floor) -> None:
    pool_of(floor, 4)
    with floor.muster.database.writing() as session:
        far = staff.find_unit(session, "城南分公司")
        staff.add_unit(session, name="一组", parent=far, kind=UnitKind.TEAM)

    floor["boss"].says("把池子里的平均分给一组")
    [told] = floor["boss"].reads()

    assert told.startswith("把 4 件给张三等 3 人？")


def test_who_cannot_have_them_is_named_with_the_reason(floor: Floor) -> None:
    pool_of(floor, 4)
    with floor.muster.database.writing() as session:
        session.add(
            ContactSuspension(employee_id=floor.employee("lisi").id, since=floor.clock.now(), why="THREAT")
        )
    profile(floor, "zhangsan", cap=1)

    floor["boss"].says("分案 给 张三、李四")

    floor["boss"].sees(
        "把 1 件案子分给 1 人？\n平均分，共 3,000 元。3 件不动：手上满了。"
        "李四联系权限停了，没有分。\n[确认][取消]"
    )


def test_who_is_on_leave_gets_nothing(floor: Floor) -> None:
    pool_of(floor, 2)
    floor["leader"].says("请假 张三 3月2日 到 3月3日 给 李四")
    floor["leader"].says("确认")
    floor.everybody_reads()

    floor["boss"].says("分案 给 张三")

    [told] = floor["boss"].reads()
    assert told.startswith("2 件案子一件也分不出去：2 件在请假。张三在请假。")


def test_a_mismatch_is_overridden_by_a_second_confirmation_and_leaves_a_trace(floor: Floor) -> None:
    [number] = pool_of(floor, 1, bucket=3)
    profile(floor, "zhangsan", buckets=[1, 2])
    boss = floor["boss"]
    boss.says("分案 M3 给 张三")
    boss.sees(
        "这 1 件都不在他们能接的范围里\n"
        "什么都没有分。1 件：不接这个账龄。可以换人，也可以照样分，会留下记录。\n"
        "[照样分][算了]"
    )

    boss.taps_card("distribute_anyway:1")
    boss.sees("把 1 件案子分给 1 人？\n平均分，共 3,000 元。其中 1 件不在各人能接的范围里。\n[确认][取消]")
    assert owners(floor, [number]) == ["boss"]
    boss.taps_card("confirm:2")

    boss.news()
    assert owners(floor, [number]) == ["zhangsan"]
    [trace] = [row for row in rows(floor.muster, AuditEvent) if row.action == "distribution.override"]
    assert trace.details["cases"] == 1
    floor["zhangsan"].news()
    floor["zhangsan"].says(f"为什么是我 {number}")
    [told] = floor["zhangsan"].reads()
    assert told.endswith("按你的范围本来不接这个账龄，是钱主管再次确认后分的。")


@pytest.mark.parametrize(
    "said", ["领5个M2信用卡五千以下", "领案 5 M2 信用卡 五千以下", "再给我来5个五千以下的M2信用卡"]
)
def test_somebody_claims_of_the_kind_that_they_name(floor: Floor, said: str) -> None:
    wanted = floor.case(bucket=2, balance=480000)
    others = [
        floor.case(bucket=2, balance=520000, name="多", phone="13700000001"),
        floor.case(bucket=1, balance=480000, name="早", phone="13700000002"),
        floor.case(bucket=2, balance=480000, product="消费贷", name="贷", phone="13700000003"),
    ]
    together = [
        floor.case(bucket=2, balance=100000, name="双", phone="13700000004"),
        floor.case(bucket=2, balance=900000, name="双", phone="13700000004"),
    ]

    floor["zhangsan"].says(said)

    floor["zhangsan"].sees(
        "领到 1 件案子\nM2、信用卡、5,000 元以下，共 4,800 元，"
        "没有领到 5 件：池子里合适的或你的名额只有这些。"
        "今天还能领 19 件。\n[接单][看案件]"
    )
    assert owners(floor, [wanted]) == ["zhangsan"]
    assert set(owners(floor, [*others, *together])) == {"boss"}


def test_a_claim_is_not_guessed_at(floor: Floor) -> None:
    numbers = pool_of(floor, 2)

    floor["zhangsan"].says("领案 2 好催的")
    floor["zhangsan"].sees(
        "没看懂「好催」，什么都没有领。写成「领案 5」，只要某一种就接着写，如「领案 5 M2 信用卡 五千以下」。"
    )
    floor["zhangsan"].says("领2个R-2026-03批的")
    floor["zhangsan"].news()

    assert owners(floor, numbers) == ["boss", "boss"]


def test_a_preview_that_is_no_longer_true_is_shown_anew(floor: Floor) -> None:
    numbers = pool_of(floor, 2)
    floor["boss"].says("分案 给 张三")
    floor["boss"].news()
    floor["lisi"].says("领案 1")
    floor["lisi"].news()

    floor["boss"].says("确认")

    floor["boss"].sees(
        "把 1 件案子分给 1 人？\n刚才之后有变动，请再看一遍。平均分，共 3,000 元。\n[确认][取消]"
    )
    assert owners(floor, numbers) == ["lisi", "boss"]
    floor.hears_only()


@pytest.mark.parametrize(
    ("who", "words", "told"),
    [
        ("boss", "分案 M5 给 一组", "没有找到要分的案子。发「池子」看看池子里还有什么。"),
        ("boss", "分案 9999 给 一组", "没有找到案件 9999，请核对编号。"),
        (
            "boss",
            "分案 M1 给 远三",
            "「远三」：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。",
        ),
        (
            "leader",
            "分案 M1 给 赵六",
            "「赵六」：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。",
        ),
        (
            "boss",
            "分案 乱写 给 一组",
            "没看懂「乱写」。写成「分案 M3 30件 给 一组」或「分案 1024、1025 给 张三」；最后可以加分法："
            "平均分、轮流分、按手上多少、按专长、按地区、按业绩、按潜力、按金额。",
        ),
        (
            "boss",
            "分案 给 总部",
            "「总部」：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。",
        ),
        (
            "boss",
            "分案 给 三组",
            "「三组」：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。",
        ),
        (
            "zhangsan",
            "分案 M1 给 李四",
            "你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。",
        ),
    ],
)
def test_what_cannot_be_is_explained(floor: Floor, who: str, words: str, told: str) -> None:
    pool_of(floor, 1)

    floor[who].says(words)

    floor[who].sees(told)


def test_a_leader_of_another_branch_does_not_see_the_case(floor: Floor) -> None:
    [number] = held(floor, 1, "zhangsan")
    floor["far"].says(f"分案 {number} 给 远三")
    floor["far"].sees(f"没有找到案件 {number}，请核对编号。")

    floor["far"].says(f"不能分给 远三 {number}")
    floor["far"].sees(f"没有找到案件 {number}，请核对编号。")

    floor["far"].says(f"为什么是我 {number}")
    floor["far"].sees(f"没有找到案件 {number}，请核对编号。")


# --- the pool --------------------------------------------------------------------------------------------


def test_the_pool_is_shown_by_bucket_with_what_can_be_done(floor: Floor) -> None:
    pool_of(floor, 2)
    floor.case(name="久", phone="13700000009", bucket=5, balance=500000)

    floor["boss"].says("池子")
    floor["boss"].sees(
        "池子里有 3 件\n共 11,000 元。分给一部分人，写成「分案 M3 30件 给 张三、李四」。\n"
        "[平均分给一组][平均分给二组][刷新]"
    )
    assert lines_of(floor["boss"].last_card) == ["M1：2 件，6,000 元", "M5：1 件，5,000 元"]
    floor["zhangsan"].says("池子")
    floor["zhangsan"].sees("池子里有 3 件\n共 11,000 元。想多领几件，写成「领案 5」。\n[领 1 件][领 5 件]")

    floor["far"].says("池子")
    floor["far"].sees("你管的池子里没有等着分的案子。")


def test_a_button_of_the_pool_shares_out_to_a_team(floor: Floor) -> None:
    pool_of(floor, 3)
    floor["boss"].says("分案")
    floor["boss"].news()
    with floor.muster.database.reading() as session:
        unit = staff.find_unit(session, "一组")
        assert unit is not None

    floor["boss"].taps_card(f"distribute:{unit.id}")

    assert floor["boss"].reads()[-1] == "把 3 件案子分给 3 人？\n平均分，共 9,000 元。\n[确认][取消]"


def test_somebody_claims_the_oldest_of_the_pool(floor: Floor) -> None:
    numbers = pool_of(floor, 4)

    floor["zhangsan"].says("领案 2")

    floor["zhangsan"].sees("领到 2 件案子\n共 6,000 元。今天还能领 18 件。\n[全部接单][看列表]")
    assert owners(floor, numbers) == ["zhangsan", "zhangsan", "boss", "boss"]
    floor["zhangsan"].says(f"为什么是我 {numbers[1]}")
    floor["zhangsan"].sees(
        f"案件 {numbers[1]}：3月2日 周一 10:05 你自己从池子里领的，按进池子的先后，是那次领的第 2 户，"
        "当时手上 0 件（最多 200 件）。"
    )


def test_claims_are_limited_by_day_and_by_cap(floor: Floor, clock: TestClock) -> None:
    pool_of(floor, 25)
    zhangsan = floor["zhangsan"]
    zhangsan.says("领案 30")
    zhangsan.sees(
        "领到 20 件案子\n共 60,000 元，没有领到 30 件：池子里合适的或你的名额只有这些。今天还能领 0 件。\n"
        "[全部接单][看列表]"
    )
    zhangsan.says("领案 1")
    zhangsan.sees("今天已经领满 20 件了，明天再来领吧。")

    clock.at("2026-03-03 10:05")
    floor["leader"].says("额度 张三 20")
    floor.everybody_reads()
    zhangsan.says("领案 1")

    zhangsan.sees("你手上已经有 20 件，最多 20 件，先跟完一些再领；要调上限请找组长。")


def test_only_what_fits_is_claimed(floor: Floor) -> None:
    [hard] = pool_of(floor, 1, bucket=6)
    easy = floor.case(name="易", phone="13700000008", bucket=1)
    profile(floor, "zhangsan", buckets=[1, 2])
    floor["boss"].says(f"不能分给 李四 {easy}")
    floor["boss"].news()

    floor["zhangsan"].says("领案 5")
    floor["zhangsan"].news()
    assert owners(floor, [hard, easy]) == ["boss", "zhangsan"]
    floor["zhangsan"].says("领案 5")
    floor["zhangsan"].sees(
        "池子里的 1 件你现在都领不了：不在你能接的范围里，或一个客户的案子比你还能领的多。"
        "发「我能接什么」看看。"
    )

    floor["lisi"].says("领案 1 M1")
    floor["lisi"].sees("池子里现在没有这样的案子，发「池子」看看还有什么。")
    floor["lisi"].says("领案 1 M6")
    assert owners(floor, [hard]) == ["lisi"]
    floor["lisi"].news()


def test_the_pool_of_another_branch_is_nobodys_here(floor: Floor) -> None:
    number = floor.case(branch="城南分公司")

    floor["zhangsan"].says("领案 1")
    floor["zhangsan"].sees("池子是空的，没有案子可以领。")

    floor["yuansan"].says("领案 1")
    floor["yuansan"].news()
    assert owners(floor, [number]) == ["yuansan"]


def test_who_claims_at_once_never_gets_the_same(floor: Floor, muster: Muster) -> None:
    numbers = pool_of(floor, 30)
    accounts = ("zhangsan", "lisi", "wangwu", "zhaoliu", "zhouqi")
    people = [floor.employee(account) for account in accounts]
    start, got = Start(len(people)), list[distribution.Claimed]()

    def claim(person: Employee) -> None:
        start.wait()
        for turn in range(2):
            with muster.database.writing() as session:
                got.append(
                    distribution.claim(
                        session,
                        actor=person,
                        count=3,
                        at=floor.clock.now(),
                        key=f"{person.id}:{turn}",
                        policy=floor.policy,
                        calendar=floor.calendar,
                    )
                )

    threads = [Thread(target=claim, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    claimed = [number for one in got for number in one.numbers]
    assert sorted(claimed) == numbers
    assert len(set(claimed)) == len(claimed)
    assert sorted(owners(floor, numbers)) == sorted(account for account in accounts for _ in range(6))


# --- what somebody may be given --------------------------------------------------------------------------


def test_a_leader_sets_how_many_somebody_may_have(floor: Floor) -> None:
    floor["leader"].says("额度 张三 120")

    floor["leader"].sees("好的，张三最多 120 件案子（原来 200 件）。手上已有的不动，以后分案照这个数。")
    floor["zhangsan"].sees("张三，你手上的案子现在最多 120 件（原来 200 件）。")
    floor["zhangsan"].says("我能接什么")
    floor["zhangsan"].sees(
        "你现在手上 0 件，最多 120 件；今天领了 0 件，还能领 20 件。\n"
        "账龄：不限；产品：不限；地区：不限；语言：不限。"
    )
    floor["leader"].says("额度 张三 201")
    floor["leader"].sees("一个人手上最多 200 件，请写 0 到 200 之间的数。")


def test_a_conflict_of_interest_keeps_a_debtor_away(floor: Floor) -> None:
    [number] = held(floor, 1, "zhangsan")

    floor["leader"].says(f"不能分给 张三 {number}")

    floor["leader"].sees(
        f"记下了：案件 {number} 这个客户的案子以后不分给张三。"
        f"现在还在他手上，请再发「分案 {number} 给 某人」转走。"
        f"要取消就发「可以分给 张三 {number}」。"
    )
    give(floor, "leader", f"分案 {number} 给 李四")
    floor["leader"].says(f"分案 {number} 给 张三")
    floor["leader"].sees("1 件案子一件也分不出去：1 件和客户有利害关系，要回避。请换人或换一批案子再发一次。")
    floor["leader"].says(f"可以分给 张三 {number}")
    floor["leader"].sees(f"好的，案件 {number} 这个客户的案子又可以分给张三了。")
    give(floor, "leader", f"分案 {number} 给 张三")
    assert owners(floor, [number]) == ["zhangsan"]


# --- why -------------------------------------------------------------------------------------------------


def test_why_me_is_answered_in_plain_words(floor: Floor) -> None:
    number, *_ = pool_of(floor, 4)
    give(floor, "boss", "分案 给 张三、李四 按手上多少")
    [owner] = owners(floor, [number])

    floor[owner].says(f"为什么是我 {number}")

    floor[owner].sees(
        f"案件 {number}：3月2日 周一 10:05 钱主管分给你的，用「按手上多少」。\n"
        "那一批 4 件，4 户，给 2 人；先排除了请假、停联系、要回避、范围不合和满额的，这一户还有 2 人能接。\n"
        "这一户排第 1；你当时手上 0 件（最多 200 件），在能接的人里最空。"
    )


# --- what nobody works -----------------------------------------------------------------------------------


def idle_since(floor: Floor, number: int, day: datetime) -> None:
    """Nobody has worked a case since then."""
    with floor.muster.database.writing() as session:
        session.execute(
            update(Case)
            .where(Case.id == number)
            .values(assigned_at=day, accepted_at=day, worked_at=None, created_at=day)
        )


def test_what_nobody_works_goes_up_the_ladder_and_then_to_somebody_else(
    floor: Floor, clock: TestClock
) -> None:
    [number] = held(floor, 1, "zhangsan", bucket=1)
    held(floor, 3, "lisi", bucket=1)
    clock.passes_to("2026-03-02 11:05")
    idle_since(floor, number, clock.now() - timedelta(days=7))
    floor.everybody_reads()

    clock.passes_to("2026-03-03 01:59")
    floor.everybody_reads()
    clock.passes_to("2026-03-03 08:29")
    floor.hears_only()
    clock.passes_to("2026-03-03 08:31")
    assert [text for text in floor["zhangsan"].reads() if "换人" in text] == [
        f"1 件案子快要换人了\n{number} 好几天没有跟了。今明两天写一条催记，就还是你的；"
        "要多留几天请找主管留案。\n"
        "[看列表][看案件]"
    ]
    floor.everybody_reads()
    clock.passes_to("2026-03-04 08:31")
    assert [text for text in floor["boss"].reads() if "没人跟" in text] == [
        "有案子好几天没人跟，明天凌晨会换给同组手上少的人：\n"
        f"· 张三 1 件：{number}\n要留给原来的人，今天先办留案，如「{number} 留案到月底」。"
    ]
    assert owners(floor, [number]) == ["zhangsan"]
    clock.passes_to("2026-03-05 01:59")
    floor.everybody_reads()
    clock.passes_to("2026-03-05 08:29")
    floor.hears_only()
    clock.passes_to("2026-03-05 08:31")

    assert owners(floor, [number]) == ["wangwu"]
    assert "你手上太久没有跟的 1 件案子换给了王五。" in floor["zhangsan"].reads()
    assert any(
        text.startswith("换给你 1 件案子\n共 3,000 元，原来的人太久没有跟。")
        for text in floor["wangwu"].reads()
    )
    floor["wangwu"].says(f"为什么是我 {number}")
    assert floor["wangwu"].reads()[-1] == (
        f"案件 {number}：3月5日 周四 02:00 从张三换给你，因为太久没有人跟。按手上多少分，先给同组，"
        "你当时手上 0 件，是能接的 2 人里最少的。"
    )
    floor.everybody_reads()


def test_whoever_stands_in_hears_in_the_morning_of_what_will_go_to_somebody_else(
    floor: Floor, clock: TestClock
) -> None:
    [number] = held(floor, 1, "zhangsan", bucket=1)
    floor["boss"].says("请假 张三 3月3日 到 3月3日 给 王五")
    floor["boss"].says("确认")
    clock.passes_to("2026-03-02 11:05")
    idle_since(floor, number, clock.now() - timedelta(days=7))
    floor.everybody_reads()

    clock.passes_to("2026-03-03 08:31")
    clock.passes_to("2026-03-03 08:33")
    assert [text for text in floor["wangwu"].reads() if "换人" in text] == [
        f"张三的 1 件案子快要换人了\n张三请假，你代班。{number} 好几天没有跟了。今明两天写一条催记，"
        "就还是他的；要多留几天请找主管留案。\n[看列表][看案件]"
    ]
    floor.everybody_reads()


def test_the_owner_hears_of_an_idle_case_from_one_side_only(floor: Floor, clock: TestClock) -> None:
    [soon] = held(floor, 1, "zhangsan", bucket=6)
    [later] = held(floor, 1, "lisi", bucket=1)
    for number in (soon, later):
        idle_since(floor, number, clock.now())

    clock.passes_to("2026-03-05 08:31")
    assert [text[:10] for text in floor["zhangsan"].reads() if "换人" in text] == ["1 件案子快要换人了"]
    floor.everybody_reads()
    clock.passes_to("2026-03-06 09:41")

    assert not [text for text in floor["zhangsan"].reads() if "工作日没跟进" in text]
    assert [text for text in floor["lisi"].reads() if "工作日没跟进" in text]
    floor.everybody_reads()


def test_what_a_night_does_in_pieces_is_told_in_one_message(
    floor: Floor, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recycling, "DEBTORS", 2)
    numbers = held(floor, 5, "zhangsan", bucket=1)
    clock.passes_to("2026-03-02 11:05")
    for number in numbers:
        idle_since(floor, number, clock.now() - timedelta(days=8))
    floor.everybody_reads()

    clock.passes_to("2026-03-03 08:31")
    assert [text.split("\n")[:2] for text in floor["zhangsan"].reads() if "换人" in text] == [
        [
            "5 件案子快要换人了",
            f"{'、'.join(map(str, numbers))} 好几天没有跟了。今明两天写一条催记，就还是你的；"
            "要多留几天请找主管留案。",
        ]
    ]
    clock.passes_to("2026-03-04 08:31")
    clock.passes_to("2026-03-05 08:31")

    assert "zhangsan" not in owners(floor, numbers)
    floor.everybody_reads()


def nights(floor: Floor, first: datetime, count: int) -> list[distribution.Recycled]:
    """What so many nights in a row do."""
    done = []
    for night in range(count):
        at = first + timedelta(days=night)
        with floor.muster.database.writing() as session:
            done.append(
                distribution.recycle(
                    session,
                    at=at,
                    key=f"night:{at:%d}",
                    policy=floor.policy,
                    calendar=floor.calendar,
                )
            )
    return done


@pytest.fixture
def two_in_the_night(floor: Floor) -> datetime:
    """The night after the rules were seen."""
    with floor.muster.database.writing() as session:
        distribution.note_rules(session, policy=floor.policy, at=floor.clock.now())
    return floor.clock.now().replace(day=3, hour=2, minute=0)


def test_a_rule_takes_effect_the_day_after_it_was_seen(floor: Floor) -> None:
    [number] = held(floor, 1, "zhangsan")
    idle_since(floor, number, floor.clock.now() - timedelta(days=60))
    with floor.muster.database.writing() as session:
        distribution.note_rules(session, policy=floor.policy, at=floor.clock.now())
        assert not distribution.note_rules(session, policy=floor.policy, at=floor.clock.now())

    [today, tomorrow] = nights(floor, floor.clock.now(), 2)

    assert (today.reminded, len(tomorrow.reminded)) == ({}, 1)


@pytest.mark.parametrize("kept", ["retained", "promised", "worked", "halted", "sibling"])
def test_what_waits_for_something_is_not_idle(floor: Floor, two_in_the_night: datetime, kept: str) -> None:
    [number] = held(floor, 1, "zhangsan")
    if kept == "sibling":
        floor.case(name="zhangsan0", phone="13800000000", owner="zhangsan")
    idle_since(floor, number, floor.clock.now() - timedelta(days=60))
    values: dict[str, Any] = {
        "retained": {"retained_until": two_in_the_night.date() + timedelta(days=20)},
        "promised": {"status": CaseStatus.PTP},
        "worked": {"worked_at": floor.clock.now()},
        "halted": {"status": CaseStatus.DISPUTED},
    }
    if kept in values:
        with floor.muster.database.writing() as session:
            session.execute(update(Case).where(Case.id == number).values(values[kept]))

    done = nights(floor, two_in_the_night, 4)

    assert all(not (night.reminded or night.warned or night.taken) for night in done)
    assert owners(floor, [number]) == ["zhangsan"]


def test_it_never_goes_back_and_nobody_free_is_said_once(floor: Floor, two_in_the_night: datetime) -> None:
    [number] = held(floor, 1, "zhangsan")
    idle_since(floor, number, floor.clock.now() - timedelta(days=60))
    give(floor, "boss", f"分案 {number} 给 李四")
    idle_since(floor, number, floor.clock.now() - timedelta(days=30))
    for account in ("wangwu", "zhaoliu", "zhouqi", "lisi2", "zhangwei"):
        profile(floor, account, cap=0)

    done = nights(floor, two_in_the_night, 5)

    assert [bool(night.reminded) for night in done] == [True, False, False, False, False]
    assert [bool(night.warned) for night in done] == [False, True, False, False, False]
    assert [bool(night.stuck) for night in done] == [False, False, True, False, False]
    assert owners(floor, [number]) == ["lisi"]
    profile(floor, "zhaoliu", cap=5)
    nights(floor, two_in_the_night + timedelta(days=5), 1)
    assert owners(floor, [number]) == ["zhaoliu"]


def test_the_same_night_twice_moves_nothing_twice(floor: Floor, two_in_the_night: datetime) -> None:
    [number] = held(floor, 1, "zhangsan")
    idle_since(floor, number, floor.clock.now() - timedelta(days=60))
    nights(floor, two_in_the_night, 3)
    [owner] = owners(floor, [number])

    again = nights(floor, two_in_the_night + timedelta(days=2), 1)

    assert owner != "zhangsan"
    assert owners(floor, [number]) == [owner]
    assert again[0].taken == {}
    with floor.muster.database.reading() as session:
        causes = session.scalars(
            select(Assignment.cause).where(Assignment.case_id == number).order_by(Assignment.number)
        ).all()
    assert causes[-1] == AssignmentCause.RECYCLE


def test_no_rule_may_be_shorter_than_three_days() -> None:
    usual = load_policy().distribution

    with pytest.raises(ValueError, match="days < 3"):
        type(usual)(**{**vars(usual), "recycling": (type(usual.recycling[0])((1,), 2),)})


def test_cases_of_whom_nobody_contacts_stay_in_the_pool(floor: Floor) -> None:
    stopped, free = pool_of(floor, 2)
    with floor.muster.database.writing() as session:
        debtor = session.get_one(Debtor, floor.look(stopped).debtor_id)
        contact.stop(session, debtor=debtor, why="request", at=floor.clock.now(), by=None)

    floor["boss"].says(f"分案 {stopped}、{free} 给 李四")
    assert "1 件不动：客户已停止联系。" in floor["boss"].reads()[0]
    floor["zhangsan"].says("领案 2")
    floor.everybody_reads()

    assert owners(floor, [stopped, free]) == ["boss", "zhangsan"]


# --- many at once ----------------------------------------------------------------------------------------


def many(floor: Floor, muster: Muster, most: int, **more: int) -> None:
    """From so many cases on a worker gives them out."""
    for part in (muster.handling, *muster.runner._errands._errands):
        policy = getattr(part, "_policy", None)
        if policy is not None:
            part._policy = replace(policy, distribution=replace(policy.distribution, at_once=most, **more))


def orders(floor: Floor, muster: Muster, words: str) -> None:
    """The supervisor has many given out: the preview comes a moment later, and is confirmed."""
    floor["boss"].says(words)
    muster.runner.run_errands()
    floor["boss"].news()
    floor["boss"].says("确认")


def test_many_are_given_out_by_a_worker_all_at_once(floor: Floor, muster: Muster) -> None:
    many(floor, muster, 3)
    numbers = [*pool_of(floor, 5), *held(floor, 2, "zhaoliu")]
    boss = floor["boss"]
    boss.says("分案 给 张三、李四")
    boss.sees("好的，正在看这 5 件怎么分，几秒钟就把预览发给你。确认之前什么都不会动。")
    muster.runner.run_errands()
    boss.sees("把 5 件案子分给 2 人？\n平均分，共 15,000 元。\n[确认][取消]")
    boss.says("确认")
    boss.sees("好的，正在分 5 件，几秒钟就好。分好了告诉你，在那之前谁都还看不到。")
    assert set(owners(floor, numbers[:5])) == {"boss"}

    muster.runner.run_errands()

    boss.sees("分好了：5 件，共 15,000 元，给了 2 人，每人都收到了一张卡片。10:35 前发「撤销」可以收回。")
    floor.hears_only("zhangsan", "lisi")
    assert sorted(owners(floor, numbers[:5])).count("zhangsan") in (2, 3)
    assert all(floor.look(number).status == CaseStatus.ASSIGNED for number in numbers[:5])
    assert rows(muster, AssignmentDraft) == []
    boss.says(f"为什么是我 {numbers[0]}")
    assert "排第" in boss.reads()[0]
    boss.says("撤销")
    boss.sees("好的，正在收回 5 件，几秒钟就好。收完告诉你，要么全部收回，要么一件不动。")
    assert "boss" not in owners(floor, numbers[:5])
    boss.says("撤销")
    boss.sees("刚才那批案子还在收回，收完马上告诉你。")
    muster.runner.run_errands()
    boss.sees("撤销了：5 件案子都回到原来的样子。2 条消息已从手机上收回。")
    for account in ("zhangsan", "lisi"):
        [recalled] = floor[account].reads()
        assert recalled.startswith("(撤回:")
    assert set(owners(floor, numbers[:5])) == {"boss"}
    floor.hears_only()


def test_what_is_still_given_out_is_not_taken_back_nor_what_was_before(floor: Floor, muster: Muster) -> None:
    [before] = held(floor, 1, "zhaoliu")
    give(floor, "boss", f"分案 {before} 给 王五")
    many(floor, muster, 2)
    numbers = pool_of(floor, 3)
    boss = floor["boss"]
    orders(floor, muster, "分案 给 张三")
    boss.news()

    boss.says("撤销")

    boss.sees("刚才那批案子还在分，现在还不能撤销。分好了马上告诉你，之后 30 分钟内发「撤销」就能收回。")
    assert owners(floor, [before]) == ["wangwu"]
    muster.runner.run_errands()
    floor.everybody_reads()
    boss.says("撤销")
    muster.runner.run_errands()
    assert owners(floor, [before, *numbers]) == ["wangwu", "boss", "boss", "boss"]
    floor.everybody_reads()


def test_by_a_worker_a_case_stands_as_it_would_by_a_message(floor: Floor, muster: Muster) -> None:
    numbers = [floor.case(name=f"甲{turn}", phone=f"1360000000{turn}") for turn in range(2)]
    many(floor, muster, 1)
    orders(floor, muster, "分案 给 张三")
    muster.runner.run_errands()
    floor.everybody_reads()
    by_worker = [_standing(floor, number) for number in numbers]
    floor["boss"].says("撤销")
    muster.runner.run_errands()
    floor.everybody_reads()
    many(floor, muster, 100)

    give(floor, "boss", "分案 给 张三")

    by_message = [_standing(floor, number) for number in numbers]
    assert [{**one, "version": 0, "stretches": 0} for one in by_message] == [
        {**one, "version": 0, "stretches": 0} for one in by_worker
    ]


def _standing(floor: Floor, number: int) -> dict[str, Any]:
    case = floor.look(number)
    stretches = [row for row in rows(floor.muster, Assignment) if row.case_id == number]
    newest = max(stretches, key=lambda row: row.number)
    events = [row for row in rows(floor.muster, CaseEvent) if row.case_id == number]
    return {
        **{name: getattr(case, name) for name in (*RESTORED, "live_owner_id", "version")},
        "stretches": len(stretches),
        "cause": newest.cause,
        "by": newest.by_id,
        "place": newest.why["of"],
        "before": newest.before["owner_id"],
        "event": (events[-1].kind, events[-1].from_status, events[-1].to_status, events[-1].details),
    }


def test_what_has_moved_meanwhile_stops_all_of_it(floor: Floor, muster: Muster) -> None:
    many(floor, muster, 1)
    numbers = pool_of(floor, 3)
    orders(floor, muster, "分案 给 张三")
    floor["boss"].news()
    floor["lisi"].says("领案 1")
    floor["lisi"].news()

    muster.runner.run_errands()

    floor["boss"].sees("刚才预览之后情况变了，所以什么也没有分。请再发一次，看新的预览。")
    assert owners(floor, numbers) == ["lisi", "boss", "boss"]
    floor.hears_only()


@pytest.mark.parametrize("what", ["case", "cap", "sibling"])
def test_what_moves_while_it_is_laid_down_stops_all_of_it(floor: Floor, muster: Muster, what: str) -> None:
    numbers = pool_of(floor, 3)
    boss, at = floor.employee("boss"), floor.clock.now()
    with muster.database.writing() as session:
        plan = distribution.simulate(
            session,
            actor=boss,
            filter=cases.Filter(statuses=(CaseStatus.POOL,)),
            to=[floor.employee("zhangsan").id],
            strategy=Strategy.EVEN,
            at=at,
            policy=floor.policy,
        )
        distribution.order(
            session,
            actor=boss,
            request=plan.request,
            fingerprint=plan.fingerprint,
            cause="test",
            key="test",
            at=at,
            policy=floor.policy,
        )
    with muster.database.writing() as session:
        run = distribution.take_run(session, now=at)
        assert run is not None
        drafted = distribution.draft(
            session, run=run, actor=boss, at=at, policy=floor.policy, calendar=floor.calendar
        )
        cases.lay_down(session, drafted.rows)
    if what == "case":
        floor["lisi"].says("领案 1")
        floor["lisi"].news()
    elif what == "sibling":
        floor.case(name="欠款0", phone="13900000000")
    else:
        profile(floor, "zhangsan", cap=2)

    with (
        pytest.raises((cases.CaseChanged, distribution.PlanChanged)),
        muster.database.writing() as session,
    ):
        distribution.finish(
            session, run_id=run.id, attempt=1, drafted=drafted, actor=boss, at=at, policy=floor.policy
        )

    assert "zhangsan" not in owners(floor, numbers)
    assert not [row for row in rows(muster, AssignmentBatch) if row.key == "test"]


@pytest.mark.parametrize("before", range(1, 12))
def test_a_slow_worker_and_the_one_after_it_write_all_of_it_once(
    floor: Floor, muster: Muster, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setattr(distributing, "ROWS", 2)
    monkeypatch.setattr(distributing, "PIECE_SECONDS", -1)
    many(floor, muster, 1)
    numbers = pool_of(floor, 5)
    orders(floor, muster, "分案 给 张三")
    floor.everybody_reads()
    slow, quick = (
        distributing.Distributing(
            muster.database, muster.posting, muster.reporting, floor.clock, floor.policy, floor.calendar
        )
        for _ in range(2)
    )
    for _ in range(before):
        slow.step()
    floor.clock.at("10:09")

    for _ in range(20):
        quick.step()
        slow.step()
    muster.runner.outbox.drain()

    assert set(owners(floor, numbers)) == {"zhangsan"}
    assert [row.cases for row in rows(muster, AssignmentBatch) if row.by_id is not None] == [5]
    assert rows(muster, AssignmentDraft) == []
    assert [text[:4] for text in floor["boss"].reads()] == ["分好了："]
    assert len(floor["zhangsan"].reads()) == 1
    floor.hears_only()


def test_not_more_than_so_many_at_once_and_the_rest_is_told(floor: Floor, muster: Muster) -> None:
    many(floor, muster, 1, most_at_once=3)
    numbers = pool_of(floor, 5)
    boss = floor["boss"]

    boss.says("分案 给 张三")
    boss.sees("好的，正在看这 3 件怎么分，几秒钟就把预览发给你。确认之前什么都不会动。")
    muster.runner.run_errands()

    boss.sees(
        "把 3 件案子分给 1 人？\n"
        "平均分，共 9,000 元。一次最多看 3 件，先分欠款最多的，还有 2 件留到下次。\n[确认][取消]"
    )
    boss.says("确认")
    muster.runner.run_errands()
    floor.everybody_reads()
    assert owners(floor, numbers).count("zhangsan") == 3


def test_of_what_nobody_may_have_only_so_many_are_looked_at(floor: Floor, muster: Muster) -> None:
    many(floor, muster, 2, most_at_once=3)
    profile(floor, "zhangsan", buckets=[7])
    pool_of(floor, 5)
    boss = floor["boss"]

    boss.says("分案 1件 给 张三")
    boss.news()
    muster.runner.run_errands()

    [told] = boss.reads()
    assert told.startswith("这 3 件都不在他们能接的范围里")


def test_a_sentence_about_many_is_shown_by_a_worker(floor: Floor, muster: Muster) -> None:
    many(floor, muster, 1)
    numbers = pool_of(floor, 3)
    boss = floor["boss"]

    boss.says("新来的案子平均分给张三和李四，今晚11点前联系")
    boss.sees("好的，正在看这 3 件怎么分，几秒钟就把预览发给你。确认之前什么都不会动。")
    muster.runner.run_errands()

    boss.sees(
        "把 3 件给张三等 2 人？\n共 9,000 元，池子里。23:00 不在可以联系的时间，要到 3月3日 周二 08:00。"
        "确认后 30 分钟内可以撤销。\n[确认][取消]"
    )
    boss.says("确认")
    muster.runner.run_errands()
    floor.everybody_reads()
    assert set(owners(floor, numbers)) == {"zhangsan", "lisi"}


def test_by_the_api_the_preview_of_many_is_fetched_a_moment_later(
    floor: Floor, muster: Muster, client: FlaskClient
) -> None:
    many(floor, muster, 1)
    pool_of(floor, 3)
    token = {"Authorization": f"Bearer {Tokens(muster).issue('boss')}"}
    asked = client.post("/api/v1/distributions", json={"to": ["zhangsan"]}, headers=token).get_json()
    assert asked["result"] == {"cases": 3, "being_worked_out": True}
    muster.runner.run_errands()

    found = client.get("/api/v1/distributions/preview", headers=token).get_json()

    assert (found["message"], found["result"]["cases"]) == ("3 件的预览算好了，等你确认。", 3)
    floor["boss"].says("确认")
    floor["boss"].news()


def test_by_a_worker_many_are_taken_back_exactly(floor: Floor, muster: Muster) -> None:
    many(floor, muster, 1)
    numbers = [*pool_of(floor, 3), *held(floor, 1, "zhaoliu")]
    before = [_restored(floor, number) for number in numbers]
    orders(floor, muster, f"分案 {'、'.join(map(str, numbers))} 给 张三、李四")
    muster.runner.run_errands()
    assert set(owners(floor, numbers)) == {"zhangsan", "lisi"}
    floor.everybody_reads()

    floor["boss"].says("撤销")
    muster.runner.run_errands()

    assert [_restored(floor, number) for number in numbers] == before
    assert [rows_.undone_at is not None for rows_ in rows(muster, AssignmentBatch) if rows_.by_id] == [True]
    assert rows(muster, AssignmentDraft) == []
    floor.everybody_reads()
    floor["boss"].says("撤销")
    floor["boss"].sees("没有能撤销的操作。只能撤销自己刚做的、还在时间内的那一步。")


def _restored(floor: Floor, number: int) -> dict[str, Any]:
    case = floor.look(number)
    return {name: getattr(case, name) for name in (*RESTORED, "live_owner_id")}


def test_by_a_worker_nothing_is_taken_back_once_one_has_moved(floor: Floor, muster: Muster) -> None:
    many(floor, muster, 1)
    numbers = pool_of(floor, 3)
    orders(floor, muster, "分案 给 张三")
    muster.runner.run_errands()
    floor.everybody_reads()
    floor["boss"].says("撤销")
    floor["boss"].news()
    floor["zhangsan"].says(f"接单 {numbers[1]}")
    floor["zhangsan"].news()

    muster.runner.run_errands()

    [told] = floor["boss"].reads()
    assert f"案件 {numbers[1]}" in told
    assert set(owners(floor, numbers)) == {"zhangsan"}
    assert rows(muster, AssignmentDraft) == []
    floor.hears_only()
