"""业绩, as it is asked, drawn, explained, and reckoned on to the target."""

import io
from datetime import date, time
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from bot.app import Muster
from bot.miniapp import Tokens
from handlers.performance_questions import Question, read_question
from models import attendance, messaging, staff
from models.attendance import CheckIn, Source, Way
from models.messaging import OutboundMessage
from models.performance import Window, month_of
from models.staff import Role
from models.tally import NO_BUCKET, MonthTally
from tests.chat.floor import Floor
from tests.models.desk import pays
from tests.simulator import Member, Messenger, TestClock, rows

TODAY = date(2026, 3, 9)
COLLECTORS = ("zhangsan", "lisi", "wangwu", "zhaoliu", "zhouqi", "lisi2", "zhangwei")
UNKNOWN = "名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, and head office; the full hour, when pushes are spread, is over."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


@pytest.fixture
def busy(floor: Floor) -> Floor:
    """Everybody has ten cases of 3,000 yuan and came all week; the later on the list, the more is paid."""
    with floor.muster.database.writing() as session:
        shift = attendance.add_shift(session, name="九点班", starts_at=time(9), ends_at=time(18))
        for account in COLLECTORS:
            person = floor.employee(account)
            attendance.assign_shift(session, employee=person, shift=shift)
            for day in range(2, 7):
                session.add(
                    CheckIn(
                        employee_id=person.id,
                        day=date(2026, 3, day),
                        way=Way.IN,
                        at=floor.clock.now().replace(day=day, hour=8, minute=55),
                        source=Source.WORD,
                        minutes_late=0,
                    )
                )
    for place, account in enumerate(COLLECTORS, start=1):
        numbers = [
            floor.case(owner=account, name=f"客户{one}", phone=f"1380{place:03d}{one:04d}")
            for one in range(10)
        ]
        pays(floor, account, numbers[0], place * 30000)
    floor.everybody_reads()
    floor.clock.at("2026-03-09 10:05")
    return floor


def aims(floor: Floor, *said: str) -> None:
    """Targets are set, and nobody's news are part of the story."""
    for one in said:
        floor["boss"].says(f"设目标 {one}")
        floor["boss"].says("确认")
    floor.everybody_reads()


def table_of(member: Member) -> dict[str, str]:
    """The rows of the newest card."""
    assert member.last_card is not None
    return {row["keyname"]: row["value"] for row in member.last_card["horizontal_content_list"]}


def picture_of(floor: Floor) -> Image.Image:
    """The picture that was sent last."""
    floor.muster.runner.run_errands()
    floor.muster.outbox.drain()
    *_, message = rows(floor.muster, OutboundMessage)
    with floor.muster.database.reading() as session:
        content = messaging.kept_content(session, message.payload["image"]["media_id"]["attachment"])
    assert content is not None
    return Image.open(io.BytesIO(content))


def test_the_own_figures_come_on_one_card_with_the_place_and_a_picture(busy: Floor) -> None:
    aims(busy, "催收员 回款率 4%", "催收员 回收金额 5000", "催收员 投诉 2", "催收员 出勤率 95%")
    lisi = busy["lisi"]

    lisi.says("业绩")

    lisi.sees(
        "李四 3月 回收金额 600 元\n"
        "比上月同期↑600 元，目标 5,000 元。城北分公司同岗位第 6（7 人参加，按回款率）。"
        "综合分：数据不够（55% 的权重有目标和数据，要 60%）。\n"
        "口径 v1，10:05 现算，最近到账 3月2日 10:05。\n"
        "[怎么算的][差多少]"
    )
    assert table_of(lisi) == {
        "回款率": "2%（目标 4%）",
        "承诺兑现率": "没有数",
        "找到本人率": "没有数",
        "跟进及时率": "没有数",
        "投诉": "0 件/百件（目标 2 件/百件）",
        "出勤率": "100% ↑100（目标 95%）",
    }
    assert picture_of(busy).width == 900


def test_one_figure_stands_beside_what_the_peers_reach(busy: Floor) -> None:
    busy["lisi"].says("业绩 回款率")

    assert "第 6（7 人参加，按回款率）。同岗位平均 4%。" in busy["lisi"].reads()[0]


def test_with_enough_data_there_is_a_score_that_is_compared(busy: Floor) -> None:
    aims(busy, "催收员 回款率 4%", "催收员 投诉 2", "催收员 出勤率 95%", "催收员 承诺兑现率 50%")
    numbers = {}
    for account in COLLECTORS:
        number = numbers[account] = busy.case(owner=account, name=f"客户{account}", phone="13900000000")
        busy[account].says(f"承诺 {number} 100元 3月9日")
        pays(busy, account, number, 10000)
    busy.clock.at("2026-03-12 10:05")
    busy.everybody_reads()

    busy["lisi"].says("排名")

    [told] = busy["lisi"].reads()
    assert told.startswith("你 3月：城北分公司同岗位第 ")
    assert "（7 人参加，按综合分）" in told
    assert "（70% 的权重有数据）" in told
    assert told.endswith("只看得到自己的名次和平均数。")


def test_who_leads_sees_the_ranking_and_a_picture(busy: Floor) -> None:
    busy["boss"].says("排名")

    busy["boss"].sees(
        "城北分公司 3月排名\n"
        "催收员，按回款率；平均 4%：\n"
        "1. 张伟 7%\n2. 李思 6%\n3. 周七 5%\n4. 赵六 4%\n5. 王五 3%\n6. 李四 2%\n7. 张三 1%\n"
        "件数少的率会往平均收再比，所以次序可能和数的大小不一样。"
    )
    assert picture_of(busy).width == 900


def test_a_small_group_is_not_ranked_and_few_cases_are_not_either(floor: Floor) -> None:
    number = floor.case(owner="zhaoliu", balance=300000)
    pays(floor, "zhaoliu", number, 120000)
    floor.everybody_reads()

    floor["boss"].says("二组排名")
    [told] = floor["boss"].reads()
    assert told.startswith("二组 3月排名\n催收员，按回款率；不到 5 人，只列数，不排名次；平均 40%：")
    assert "· 赵六 40%（在手 1 件、出勤 0 天，不排名）" in told
    floor["zhaoliu"].says("我排第几")
    floor["zhaoliu"].sees(
        "你 3月：还不排名：在手 1 件、出勤 0 天，要 10 件、5 天。还没有定目标，没有综合分。\n"
        "只看得到自己的名次和平均数。"
    )
    floor["far"].says("业绩 远三")
    [told] = floor["far"].reads()
    assert "城南分公司同岗位只有 1 人，不公开排名" in told


def test_people_ask_in_their_own_words(busy: Floor) -> None:
    for who, words, beginning in (
        ("zhangsan", "我这个月收了多少", "张三 3月 回收金额 300 元\n"),
        ("zhangsan", "上个月业绩怎么样", "张三 2月 回收金额 0 元\n"),
        ("zhangsan", "业绩？", "张三 3月 回收金额 300 元\n"),
        ("zhangsan", "帮我看看业绩", "张三 3月 回收金额 300 元\n"),
        ("zhangsan", "回款率", "张三 3月 回款率 1%\n"),
        ("zhangsan", "我上周收了多少钱", "张三 3月2日到3月8日 回收金额 300 元\n"),
        ("zhangsan", "业绩 昨天", "张三 3月8日 回收金额 0 元\n"),
        ("boss", "张三上周业绩", "张三 3月2日到3月8日 回收金额 300 元\n"),
        ("boss", "章三这个月业绩怎么样", "张三 3月 回收金额 300 元\n"),
        ("boss", "业绩 张三 上周", "张三 3月2日到3月8日 回收金额 300 元\n"),
        ("boss", "二组十月回款率", "二组 2025年10月 回款率 没有数\n"),
        ("boss", "团队 M2 回款率 十月", "城北分公司 2025年10月 M2 回款率 没有数\n"),
        ("boss", "业绩 全部门", "城北分公司 3月 回收金额 8,400 元\n"),
        ("boss", "二组本月业绩", "二组 3月 回收金额 6,600 元\n"),
        ("boss", "谁排第一", "城北分公司 3月排名\n"),
        ("boss", "一组排名", "一组 3月排名\n"),
        ("leader", "谁回款率最高", "一组 3月排名\n"),
        ("leader", "业绩", "赵组长 3月 回收金额 1,800 元\n"),
        ("zhangsan", "排名", "你 3月：城北分公司同岗位第 7"),
    ):
        busy[who].says(words)
        told, *_ = busy[who].reads()
        assert told.startswith(beginning), words


def test_names_out_of_reach_are_unknown(busy: Floor) -> None:
    for who, name in (("zhangsan", "李四"), ("leader", "赵六"), ("boss", "远三"), ("boss", "没有人")):
        busy[who].says(f"业绩 {name}")
        busy[who].sees(f"「{name}」：{UNKNOWN}")
    busy["zhangsan"].says("业绩 二组")
    busy["zhangsan"].sees(f"「二组」：{UNKNOWN}")
    busy["wukuaiji"].says("业绩")
    busy["wukuaiji"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_a_key_of_somebody_out_of_reach_opens_nothing(busy: Floor) -> None:
    far, nobody = busy.employee("yuansan").id, 9999
    for person in (far, nobody):
        busy["zhangsan"].taps(f"performance:p{person}..20260301.20260331.")
        busy["zhangsan"].taps(f"performance_why:p{person}.recovered_amount.20260301.20260331..0")
        first, second = busy["zhangsan"].reads()
        assert first == second
        assert "回收金额" not in first


def test_what_has_not_begun_and_what_knows_no_bucket_is_said(busy: Floor) -> None:
    busy["zhangsan"].says("业绩 2026年5月")
    busy["zhangsan"].sees("5月1日还没到，没有业绩可看。")
    busy["zhangsan"].says("业绩 M2 接通率")
    busy["zhangsan"].sees("接通率不分账龄，请去掉 M 再问一次。")


def test_a_figure_opens_its_formula_and_its_records(busy: Floor) -> None:
    lisi = busy["lisi"]
    lisi.says("业绩")
    lisi.reads()
    lisi.taps_card(next(one["key"] for one in lisi.last_card["button_list"]))  # type: ignore[index]
    assert lisi.reads()[-1].startswith("李四 3月，想看哪个数怎么算的？")
    lisi.taps_card(lisi.last_card["button_list"][1]["key"])  # type: ignore[index]

    told = lisi.reads()[-1]

    head, *records = told.split("期内到手的案件 10 条：\n")
    assert head == (
        "李四 3月 回款率 2%\n"
        "怎么算：回款 ÷ 在手金额（期初在手的加期内到手的，每件按到手时欠的算）\n"
        "代进去：600 元 ÷ 30,000 元\n"
        "口径 v1，2026-03-01 到 2026-03-09\n"
        "到账和冲正 1 条：\n"
        "· 3月2日 案件 1011 客* 600 元\n"
    )
    assert records == ["\n".join(f"· 3月2日 案件 {number} 客* 3,000 元" for number in range(1011, 1021))]


def test_many_records_come_in_pages(busy: Floor) -> None:
    for one in range(5):
        busy.case(owner="lisi", name=f"又一个{one}", phone=f"1390000000{one}")
    lisi = busy["lisi"]

    lisi.says("回款率怎么算的")
    first, more = lisi.reads()
    assert more == "还有 4 条\n全部记录加起来就是这个数。\n[下一页]"
    lisi.taps_card(lisi.last_card["button_list"][0]["key"])  # type: ignore[index]

    second = lisi.reads()[-1]
    assert first.count("· ") == 12
    assert second.count("· ") == 4


def test_the_figure_of_a_unit_opens_to_its_people(busy: Floor) -> None:
    busy["boss"].says("怎么算的 回款率 一组")

    busy["boss"].sees(
        "一组 3月 回款率 2%\n"
        "怎么算：回款 ÷ 在手金额（期初在手的加期内到手的，每件按到手时欠的算）\n"
        "代进去：1,800 元 ÷ 90,000 元\n"
        "口径 v1，2026-03-01 到 2026-03-09\n"
        "· 张三 1%（300 元 ÷ 30,000 元）\n"
        "· 李四 2%（600 元 ÷ 30,000 元）\n"
        "· 王五 3%（900 元 ÷ 30,000 元）"
    )


def test_how_much_more_it_takes(busy: Floor) -> None:
    lisi = busy["lisi"]
    lisi.says("再收多少到目标")
    lisi.sees("你 3月还没有目标，主管定了会告诉你。也可以自己试算：「再收多少到 40%」。")
    lisi.says("再收多少到 40%")
    lisi.sees("你 3月：\n· 回款率 2%，目标 40%，再收 11,400 元就到")

    aims(busy, "催收员 回收金额 5000", "催收员 投诉 2", "催收员 出勤率 95%")
    lisi.says("差多少")

    lisi.sees(
        "你 3月：\n"
        "· 回收金额 600 元，目标 5,000 元，再收 4,400 元就到\n"
        "· 投诉 0 件/百件，目标不超过 2 件/百件，已达到\n"
        "· 出勤率 100%，目标 95%，已达到"
    )
    busy["leader"].says("差多少 李四 回款率 4%")
    busy["leader"].sees("李四 3月：\n· 回款率 2%，目标 4%，再收 600 元就到")
    lisi.says("差多少 张三 回款率 4%")
    lisi.sees(f"「张三」：{UNKNOWN}")


def test_targets_by_bucket_weigh_as_the_cases_are_mixed(floor: Floor) -> None:
    floor.case(owner="lisi", balance=300000, bucket=1)
    floor.case(owner="lisi", balance=100000, bucket=3, name="陈大山", phone="13900139000")
    aims(floor, "催收员 M1 回款率 40%", "催收员 M3 回款率 20%")

    floor["lisi"].says("回款率")

    [told] = floor["lisi"].reads()
    assert told.startswith("李四 3月 回款率 0%\n")
    assert "目标 35%。" in told  # (40 × 3,000 + 20 × 1,000) ÷ 4,000


def test_what_is_unlike_the_own_past_is_shown_to_who_leads(busy: Floor) -> None:
    with busy.muster.database.writing() as session:
        for month, connected in zip(
            (date(2025, 8, 1), date(2025, 9, 1), date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)),
            (40, 42, 41, 39, 40),
            strict=True,
        ):
            calls(session, busy, month, connected)
        calls(session, busy, date(2026, 1, 1), 43)
        calls(session, busy, date(2026, 3, 1), 4)

    busy["leader"].says("一组本月业绩")
    [told] = busy["leader"].reads()
    assert "⚠李四接通率 4%，和自己以往（40.50%）差得多，请看一眼。" in told.replace("40.5%", "40.50%")
    busy["lisi"].says("业绩")
    [told] = busy["lisi"].reads()
    assert "⚠" not in told


def calls(session: Session, floor: Floor, month: date, connected: int) -> None:
    """李四 made a hundred calls in a month, of which so many were answered."""
    person = floor.employee("lisi").id
    for measure, count in (("attempts", 100), ("connected", connected)):
        session.add(
            MonthTally(
                employee_id=person, measure=measure, month=month, entry_bucket=NO_BUCKET, value=0, count=count
            )
        )


def test_the_api_tells_the_same(busy: Floor, client: FlaskClient) -> None:
    def get(who: str, path: str) -> tuple[int, Any]:
        token = Tokens(busy.muster).issue(busy.employee(who).wecom_id)
        answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
        told = answer.get_json()
        return answer.status_code, told.get("result", told)

    status, told = get("lisi", "/performance")
    assert status == 200
    assert told["place"]["rank"] == 6
    first = told["figures"][0]
    assert (first["measure"], first["value"], first["version"]) == ("recovered_amount", 600.0, 1)
    assert get("leader", "/people/lisi/performance?asked=回款率")[1]["figures"][0]["value"] == 2.0
    assert get("leader", "/people/zhaoliu/performance")[0] == 404
    assert get("boss", "/performance/ranking")[1]["groups"][0]["places"][0]["account"] == "zhangwei"
    records = get("leader", "/people/lisi/performance/records?asked=回收金额")[1]["records"]
    assert [one["value"] for one in records] == [60000]
    assert get("lisi", "/performance/gap?asked=40%25")[1]["gaps"][0]["missing"] == 1140000


MEASURES = {"recovery_rate_amount": ("回款率", "回收率"), "connect_rate": ("接通率",)}


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("", Question(month_of(TODAY))),
        ("张三 上周", Question(Window(date(2026, 3, 2), date(2026, 3, 8)), rest="张三")),
        (
            "二组 M2 回款率 十月",
            Question(month_of(date(2025, 10, 1)), "recovery_rate_amount", 2, rest="二组"),
        ),
        ("谁排第一", Question(month_of(TODAY), ranking=True)),
        ("谁回款率最高", Question(month_of(TODAY), "recovery_rate_amount", ranking=True)),
        ("我这个月收了多少", Question(month_of(TODAY), "recovered_amount")),
        ("最近7天接通率", Question(Window(date(2026, 3, 3), TODAY), "connect_rate")),
        ("昨天", Question(Window(date(2026, 3, 8), date(2026, 3, 8)))),
        ("团队上季度", Question(Window(date(2025, 10, 1), date(2025, 12, 31)), everybody=True)),
        ("为什么张三回款率", Question(month_of(TODAY), "recovery_rate_amount", rest="张三")),
    ],
)
def test_questions(text: str, question: Question) -> None:
    assert read_question(text, TODAY, MEASURES) == question


@pytest.mark.parametrize(
    ("window", "before"),
    [
        (month_of(TODAY), ("2026-02-01", "2026-02-09")),
        (month_of(date(2026, 2, 1)), ("2026-01-01", "2026-01-31")),
        (Window(date(2026, 3, 2), date(2026, 3, 8)), ("2026-02-23", "2026-03-01")),
        (Window(TODAY, date(2026, 3, 15)), ("2026-03-02", "2026-03-02")),
        (Window(date(2026, 1, 1), date(2026, 3, 31)), ("2025-10-01", "2025-12-07")),
    ],
)
def test_what_a_window_is_compared_with(window: Window, before: tuple[str, str]) -> None:
    assert window.before(TODAY) == Window(*map(date.fromisoformat, before))


def test_the_menu_leads_to_the_own_figures_in_one_step(busy: Floor) -> None:
    busy["lisi"].taps("my_performance")

    assert busy["lisi"].reads()[0].startswith("李四 3月 回收金额 600 元\n")


# --- the same in the words of people who never read how --------------------------------------------------


@pytest.mark.parametrize(
    ("who", "words", "beginning"),
    [
        ("zhangsan", "我这个月做得怎么样", "张三 3月 回收金额 300 元"),
        ("zhangsan", "我进步了吗", "张三 3月 回收金额 300 元"),
        ("zhangsan", "业迹", "张三 3月 回收金额 300 元"),
        ("zhangsan", "雷达图", "张三 3月 回收金额 300 元"),
        ("zhangsan", "这周拿了多少", "张三 3月9日到3月15日 回收金额 0 元"),
        ("zhangsan", "上周我收了几笔", "张三 3月2日到3月8日 回收金额 300 元"),
        ("zhangsan", "我投诉多少", "张三 3月 投诉 0 件/百件"),
        ("zhangsan", "3月1日到3月5日业绩", "张三 3月1日到3月5日 回收金额 300 元"),
        ("zhangsan", "业绩 3月2号", "张三 3月2日 回收金额 300 元"),
        ("zhangsan", "业绩 明天", "3月10日还没到，没有业绩可看。"),
        ("zhangsan", "业绩 下个月", "4月1日还没到，没有业绩可看。"),
        ("zhangsan", "业绩 13月", "「13月」是哪天看不懂，没有这样的日子。"),
        ("zhangsan", "业绩 2月30日", "「30日」是哪天看不懂，没有这样的日子。"),
        ("zhangsan", "上个月我排第几", "你 2月："),
        ("boss", "张三三月的回款率", "张三 3月 回款率 1%"),
        ("boss", "上周谁回款率最高", "城北分公司 3月2日到3月8日排名\n催收员，按回款率"),
        ("boss", "投诉最多的是谁", "城北分公司 3月排名\n催收员，按投诉"),
        ("boss", "排名 二月", "城北分公司 2月排名\n催收员，按回款率：\n都没有数（7 人）。"),
        ("leader", "组里平均回款率", "一组 3月 回款率 2%"),
        ("leader", "二组业绩", "「二组」：名单里没有，或者不在你的范围里。"),
        ("boss", "城南分公司业绩", "「城南分公司」：名单里没有，或者不在你的范围里。"),
        ("zhangsan", "为什么我回款率这么低", "张三 3月 回款率 1%\n怎么算：回款 ÷ 在手金额"),
        ("zhangsan", "回款率怎么才百分之一", "张三 3月 回款率 1%\n怎么算：回款 ÷ 在手金额"),
        ("zhangsan", "什么是回款率", "张三 3月 回款率 1%\n怎么算：回款 ÷ 在手金额"),
        ("boss", "王五为什么回款率这么低", "王五 3月 回款率 3%\n怎么算"),
        ("boss", "王五为什么这么低", "王五 3月，想看哪个数怎么算的？"),
        ("zhangsan", "综合分怎么算", "综合分按权重加起来，每项看达到目标的多少：\n催收员：回款率 35、"),
        ("zhangsan", "有哪些指标", "可以看的指标：回收金额、回款率、"),
        ("zhangsan", "我能拿多少奖金", "奖金、提成、工资不在这里算，"),
        ("zhangsan", "把我这个月的还款明细发我", "张三 3月，1 人，回收金额 300 元。表格马上发来"),
        ("boss", "把张三三月的还款明细发我", "张三 3月，1 人，回收金额 300 元。表格马上发来"),
        ("boss", "三月业绩导出excel", "钱主管 3月，7 人，回收金额 8,400 元。表格马上发来"),
        ("boss", "月报 二月", "钱主管 2月，7 人，回收金额 0 元。"),
        ("zhangsan", "数字不对", "哪里不对？"),
    ],
)
def test_whoever_never_read_how_is_answered(busy: Floor, who: str, words: str, beginning: str) -> None:
    busy[who].says(words)

    told, *_ = busy[who].reads()
    assert told.startswith(beginning), told


@pytest.mark.parametrize(
    "words",
    [
        "我这个月还差多少钱",
        "还差多少才能达标",
        "离目标还差多少",
        "我还要收多少才能达标",
        "这个月能完成吗",
        "差多少",
    ],
)
def test_how_much_is_missing_is_asked_in_many_ways(busy: Floor, words: str) -> None:
    aims(busy, "催收员 回收金额 5000")

    busy["zhangsan"].says(words)

    busy["zhangsan"].sees("你 3月：\n· 回收金额 300 元，目标 5,000 元，再收 4,700 元就到")


@pytest.mark.parametrize(
    "words", ["试算 2000", "如果我再收2000呢", "再收2000能到多少", "我要是再收两千块，能达标吗"]
)
def test_what_more_money_would_make_is_reckoned(busy: Floor, words: str) -> None:
    aims(busy, "催收员 回款率 4%", "催收员 回收金额 5000")

    busy["zhangsan"].says(words)

    busy["zhangsan"].sees(
        "3月再收 2,000 元：\n"
        "· 回收金额 300 元 → 2,300 元（目标 5,000 元，还没到）\n"
        "· 回款率 1% → 7.67%（目标 4%，到了）\n"
        "只是试算，没有记什么；客户真还了发「还款 1024 2000」。"
    )


def test_people_and_teams_stand_beside_each_other(busy: Floor) -> None:
    for who, words, told in (
        ("leader", "张三和李四谁收得多", "3月对比：\n· 李四：回收金额 600 元，回款率 2%\n· 张三："),
        (
            "leader",
            "对比 张三 李四 王五 上周 回款率",
            "3月2日到3月8日对比：\n· 王五：回款率 3%\n· 李四：回款率 2%",
        ),
        ("boss", "二组和一组谁好", "3月对比：\n· 二组：回收金额 6,600 元，回款率 5.5%\n· 一组："),
        ("boss", "一组二组对比", "3月对比：\n· 二组："),
        ("zhangsan", "张三和李四谁收得多", "同事的数看不到。"),
        ("leader", "对比 张三 赵六", "「赵六」：名单里没有，或者不在你的范围里。"),
    ):
        busy[who].says(words)
        assert busy[who].reads()[0].startswith(told), words


@pytest.fixture
def namesakes(busy: Floor) -> Floor:
    """In the second team there is another 李四."""
    with busy.muster.database.writing() as session:
        team = staff.find_unit(session, "城北分公司/二组")
        staff.add_employee(session, wecom_id="lisib", name="李四", role=Role.COLLECTOR, unit=team)
    return busy


def test_what_was_asked_is_kept_while_it_is_asked_who_is_meant(namesakes: Floor) -> None:
    boss = namesakes["boss"]
    boss.says("李四上周回款率")
    assert boss.reads()[0].endswith("[李四 lisi][李四 lisib][取消]")
    boss.says("lisi")
    assert boss.reads()[0].startswith("李四 3月2日到3月8日 回款率 2%")

    boss.says("远三上周回款率")
    boss.news()
    boss.says("张三")
    assert boss.reads()[0].startswith("张三 3月2日到3月8日 回款率 1%")


@pytest.mark.parametrize(
    ("words", "tap", "told"),
    [
        (
            "业绩 李四 上周 回款率",
            "performance:p4.recovery_rate_amount.20260302.20260308..0",
            "李四 3月2日到3月8日 回款率 2%",
        ),
        (
            "李四为什么回款率这么低",
            "performance_why:p4.recovery_rate_amount.20260301.20260331..0",
            "李四 3月 回款率 2%\n怎么算",
        ),
        ("差多少 李四", "performance_gap:p4..20260301.20260331..0", "李四 3月还没有目标"),
        ("业绩表 李四 2月", "performance_sheet:p4..20260201.20260228..0", "李四 2月，1 人，回收金额 0 元。"),
    ],
)
def test_one_of_several_with_the_name_is_tapped(namesakes: Floor, words: str, tap: str, told: str) -> None:
    boss = namesakes["boss"]
    boss.says(words)
    boss.sees("哪一个李四？\n点一下接着看。\n[李四（一组）][李四（二组）]")

    boss.taps_card(tap)

    assert any(one.startswith(told) for one in boss.reads())


def test_why_alone_is_about_the_figure_that_was_shown(busy: Floor) -> None:
    zhangsan = busy["zhangsan"]
    zhangsan.says("业绩 回款率 上周")
    zhangsan.news()

    zhangsan.says("为什么")

    assert zhangsan.reads()[0].startswith("张三 3月2日到3月8日 回款率 1%\n怎么算：回款 ÷ 在手金额")
