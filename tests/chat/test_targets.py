"""目标 and 设目标, as they are asked, set and taken back."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from handlers.performance_words import Said, read_target
from models import performance
from models.audit import AuditEvent
from models.performance import ANY_BUCKET, CATALOGUE, Target
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, and head office; the full hour, when pushes are spread, is over."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


def sets(floor: Floor, said: str, who: str = "boss") -> None:
    """A target is set and confirmed, and nobody's news are part of the story."""
    floor[who].says(f"设目标 {said}")
    floor[who].says("确认")
    floor.everybody_reads()


def test_a_target_of_a_role_is_previewed_set_and_told(floor: Floor) -> None:
    boss = floor["boss"]
    boss.says("设目标 催收员 M2 回款率 35% 四月")
    boss.sees("给城北分公司的催收员定这个目标？\n从这个月起一直用，到下次再定。\n[确认][取消]")
    assert [row["value"] for row in boss.last_card["horizontal_content_list"]] == [  # type: ignore[index]
        "回款率 M2",
        "35%",
        "2026年4月起",
    ]

    boss.taps_card("confirm:1")

    boss.sees(
        "(按钮:已定)",
        "已定：2026年4月起，城北分公司的催收员回款率 M2 35%，已告诉 7 人。定错了发「撤销」。",
    )
    floor["zhangsan"].sees("2026年4月起，你的回款率 M2目标是 35%。发「目标」看全部。")
    floor.hears_only("lisi", "wangwu", "zhaoliu", "zhouqi", "lisi2", "zhangwei")
    [kept] = rows(floor.muster, Target)
    assert (kept.value, kept.starts_on, kept.bucket) == (3500, date(2026, 4, 1), 2)


def test_the_own_targets_are_told_now_and_from_next_month(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("目标")
    zhangsan.sees("你3月还没有目标，主管定了会告诉你。")

    sets(floor, "催收员 回收金额 20万 本月")
    sets(floor, "催收员 投诉 2")
    sets(floor, "催收员 M2 回款率 35% 四月")
    zhangsan.says("目标")

    zhangsan.sees("你3月的目标：\n· 回收金额 200,000 元\n· 投诉 不超过 2 件/百件\n4月起：\n· 回款率 M2 35%")


def test_it_can_be_taken_back_and_what_was_before_holds_again(floor: Floor) -> None:
    sets(floor, "催收员 承诺兑现率 60%")
    boss = floor["boss"]
    boss.says("设目标 催收员 承诺兑现率 70%")
    boss.says("确认")
    assert boss.reads()[-1] == (
        "已定：2026年3月起，城北分公司的催收员承诺兑现率 70%（原来 60%），已告诉 7 人。定错了发「撤销」。"
    )

    boss.says("撤销")

    assert boss.reads()[-1].startswith(
        "已撤销：2026年3月起城北分公司的催收员承诺兑现率 70% 这个目标没有了，之前怎么定的还怎么算。"
    )
    floor.everybody_reads()
    floor["zhangsan"].says("目标")
    floor["zhangsan"].sees("你3月的目标：\n· 承诺兑现率 60%")


def test_what_is_nearer_and_newer_holds(floor: Floor) -> None:
    sets(floor, "催收员 回款率 30%")
    sets(floor, "催收员 M2 回款率 33%")
    sets(floor, "催收员 回款率 36% 一组")
    sets(floor, "张三 回款率 40% 因为面试分析能力 90 分")

    for who, told in (("zhangsan", "回款率 40%"), ("lisi", "回款率 36%"), ("zhaoliu", "回款率 30%")):
        floor[who].says("目标")
        [answer] = floor[who].reads()
        assert answer.splitlines()[1].startswith(f"· {told}")
        assert ("M2 33%" in answer) == (who == "zhaoliu")


def test_somebody_assessed_as_stronger_sees_why_the_target_is_higher(floor: Floor) -> None:
    boss = floor["boss"]
    boss.says("设目标 张三 回款率 40% 四月")
    boss.sees("只给张三一个人定，要写原因，本人看得到。在后面加上「因为……」，如「因为面试分析能力 90 分」。")

    boss.says("设目标 张三 回款率 40% 四月 因为面试分析能力 90 分")
    boss.sees("给张三定这个目标？\n原因本人看得到：面试分析能力 90 分\n[确认][取消]")
    boss.says("确认")

    boss.sees("已定：2026年4月起，张三回款率 40%，已告诉 1 人。定错了发「撤销」。")
    floor["zhangsan"].sees(
        "2026年4月起，你的回款率目标是 40%，这是给你自己定的，原因：面试分析能力 90 分。发「目标」看全部。"
    )
    floor.clock.at("2026-04-01 09:00")
    floor["zhangsan"].says("目标")
    floor["zhangsan"].sees("你4月的目标：\n· 回款率 40%（给你定的：面试分析能力 90 分）")
    [kept] = rows(floor.muster, Target)
    assert b"90" not in (kept.reason or b"")


def test_a_newcomer_begins_with_less(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        person = session.merge(floor.employee("zhangsan"))
        person.hired_on = date(2026, 2, 1)
    sets(floor, "催收员 回款率 35%")
    sets(floor, "催收员 出勤率 98%")

    floor["zhangsan"].says("目标")

    floor["zhangsan"].sees(
        "你3月的目标：\n· 回款率 24.5%（新人，全额是 35%）\n· 出勤率 98%\n4月起：\n· 回款率 35%"
    )


def test_whoever_leads_sees_what_a_unit_and_a_person_are_to_reach(floor: Floor) -> None:
    sets(floor, "催收员 回款率 36% 一组")
    sets(floor, "催收员 回款率 38% 一组 四月")
    boss = floor["boss"]

    boss.says("目标 一组")
    boss.sees(
        "一组定的目标：\n· 催收员 回款率 36%，2026年3月起\n· 催收员 回款率 38%，2026年4月起\n"
        "没定的用上级单位的。"
    )
    boss.says("目标 二组")
    boss.sees("二组还没有自己定的目标，用上级单位的。要定，发「设目标 催收员 M2 回款率 35% 二组」。")
    boss.says("目标 张三")
    boss.sees("张三3月的目标：\n· 回款率 36%\n4月起：\n· 回款率 38%")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("催收员 回款率 120%", "这个指标的目标最高是 100%，请改一下再发。"),
        ("催收员 回款率 35% 2026年2月", "过去的月份不能改目标，最早从 3月起。"),
        ("财务 回款率 35%", "这个角色不算综合分，没有目标可定。能定的有催收员、外勤、组长、主管。"),
        ("主管 回款率 35%", "自己的目标不能自己定，请找上级定。"),
        ("钱主管 回款率 35% 因为我想", "自己的目标不能自己定，请找上级定。"),
    ],
)
def test_what_cannot_be_is_said(floor: Floor, said: str, answer: str) -> None:
    floor["boss"].says(f"设目标 {said}")

    floor["boss"].sees(answer)
    assert rows(floor.muster, Target) == []


@pytest.mark.parametrize("said", ["", "催收员 35%", "催收员 回款率", "催收员 回款率 35元", "回款率 35%"])
def test_what_was_not_understood_says_how(floor: Floor, said: str) -> None:
    floor["boss"].says(f"设目标 {said}")

    [answer] = floor["boss"].reads()
    assert "写成「设目标 催收员 M2 回款率 35% 十二月」" in answer


def test_nobody_sets_targets_for_others_than_their_own(floor: Floor) -> None:
    floor["zhangsan"].says("设目标 催收员 回款率 1%")
    assert floor["zhangsan"].reads()[0].startswith("你没有这项权限")

    floor["farboss"].says("设目标 催收员 回款率 1% 一组")
    floor["boss"].says("设目标 催收员 回款率 1% 没有的组")
    [far], [none] = floor["farboss"].reads(), floor["boss"].reads()
    assert far.replace("一组", "没有的组") == none


def test_by_the_api(floor: Floor, client: FlaskClient, muster: Muster) -> None:
    def headers(account: str) -> dict[str, Any]:
        return {"Authorization": f"Bearer {Tokens(muster).issue(account)}"}

    unit = floor.employee("boss").unit_id
    body = {"unit": unit, "role": "collector", "measure": "visits_per_day", "value": 2.5, "month": "2026-03"}
    told = client.post("/api/v1/targets", json=body, headers=headers("boss")).get_json()
    number = told["result"]["proposal"]
    client.post(f"/api/v1/proposals/{number}/confirm", json={}, headers=headers("boss"))

    seen = client.get("/api/v1/targets", headers=headers("zhangsan")).get_json()["result"]

    assert seen["targets"] == [
        {
            "measure": "visits_per_day",
            "bucket": None,
            "value": 2.5,
            "full": 2.5,
            "unit": "per_day",
            "direction": "higher",
            "own": False,
        }
    ]
    wrong = client.post("/api/v1/targets", json={**body, "measure": "luck"}, headers=headers("boss"))
    assert wrong.status_code == 422
    far = client.get("/api/v1/people/zhangsan/targets", headers=headers("farboss"))
    assert far.status_code == 404
    floor.everybody_reads()


def test_what_was_set_leaves_a_trace(floor: Floor) -> None:
    sets(floor, "催收员 回款率 35%")

    [event] = [one for one in rows(floor.muster, AuditEvent) if one.action == "performance.set_target"]
    assert event.subject == f"unit:{floor.employee('boss').unit_id}"
    assert event.details["value"] == 3500


TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "催收员 M2 回款率 35% 十二月",
            Said("recovery_rate_amount", 3500, date(2026, 12, 1), 2, "", "催收员"),
        ),
        (
            "催收员M7+的回款率定为12.5% 1月起",
            Said("recovery_rate_amount", 1250, date(2027, 1, 1), 7, "", "催收员"),
        ),
        (
            "外勤 回收金额 20万 下个月",
            Said("recovered_amount", 20_000_000, date(2026, 12, 1), ANY_BUCKET, "", "外勤"),
        ),
        (
            "外勤 每天上门 2次 2027年3月",
            Said("visits_per_day", 200, date(2027, 3, 1), ANY_BUCKET, "", "外勤"),
        ),
        ("二组 催收员 投诉 不超过 2件", Said("complaints_per_100", 200, None, ANY_BUCKET, "", "二组 催收员")),
        (
            "张三 兑现率 70% 因为三月面试 90 分",
            Said("ptp_kept_rate", 7000, None, ANY_BUCKET, "三月面试 90 分", "张三"),
        ),
        ("催收员 回收金额 1,234.567", Said("recovered_amount", None, None, ANY_BUCKET, "", "催收员")),
        ("催收员 回款率 3万", Said("recovery_rate_amount", None, None, ANY_BUCKET, "", "催收员")),
    ],
)
def test_how_targets_are_said(muster: Muster, words: str, said: Said) -> None:
    assert read_target(words, TODAY, muster.policy.performance.measures) == said


def test_every_measure_has_a_name_and_a_kind(muster: Muster) -> None:
    assert set(muster.policy.performance.measures) == set(performance.KINDS)
    for code, measure in CATALOGUE.items():
        if code in performance.KINDS:
            kind = performance.KINDS[code]
            assert (kind.unit, kind.direction) == (measure.unit, measure.direction), code
    words = [word for words in muster.policy.performance.measures.values() for word in words]
    assert len(words) == len(set(words))
