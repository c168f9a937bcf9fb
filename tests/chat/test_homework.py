"""交作业: words and pictures handed in, looked at by whoever leads, returned, accepted, taken back."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models.files import FileKind, StoredFile, keep_file
from models.training import Certificate, CourseDraft, Enrolment, Family, Homework, LessonDraft
from tests.chat.floor import Floor
from tests.chat.quizzes import HERE, NIGHT, enrol, picks, places, publish
from tests.models.test_file_rules import PNG
from tests.simulator import Member, Messenger, TestClock, rows

CALL = CourseDraft(
    code="opening",
    title="怎么开口",
    family=Family.SKILLS,
    where=HERE,
    compliance=True,
    homework="写三句开场白。",
    homework_criteria="说了自己是谁；没有威胁。",
    lessons=[LessonDraft("第一句话", "先说自己是谁。", HERE)],
)
"""A course without questions that wants homework."""
WORDS = "您好，我是城北分公司的张三，想和您说一下账单的事。"
TASK = "《怎么开口》的作业：\n写三句开场白。\n看这几点：说了自己是谁；没有威胁。"
ASKED = (
    "现在交《怎么开口》的作业\n有图片先发图片，再用文字写下来，文字发出去就交了（60 分钟之内）。"
    "不交了回复「取消」。\n[只交图片][取消]"
)
HANDED_IN = "交上去了：《怎么开口》。等赵组长批，批了马上告诉你。"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams; the full hour, when pushes are spread, is over."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


@pytest.fixture
def enrolment(floor: Floor) -> int:
    """张三 is to learn how to begin a call."""
    return enrol(floor.muster, "zhangsan", publish(floor.muster, CALL))


def hands_in(floor: Floor, words: str = WORDS) -> None:
    """张三 hands in homework."""
    floor["zhangsan"].says("交作业")
    floor["zhangsan"].sees(TASK, ASKED)
    floor["zhangsan"].says(words)
    floor["zhangsan"].sees(HANDED_IN)


def sends_picture(floor: Floor, member: Member) -> None:
    """A picture arrives, and is fetched."""
    member.post(member.message("image", MediaId="m1", PicUrl="http://p"))
    with floor.muster.database.writing() as session:
        from models.files import MediaFetch

        for fetch in session.query(MediaFetch).all():
            session.delete(fetch)
        keep_file(
            session,
            subject=floor.employee(member.id).subject,
            kind=FileKind.PHOTO,
            content=PNG,
            name="作业.png",
            uploaded_by=floor.employee(member.id).subject,
            at=floor.clock.now(),
            policy=floor.policy,
        )


def test_homework_is_handed_in_and_accepted(floor: Floor, enrolment: int) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    hands_in(floor)

    leader.sees(f"张三的作业\n{WORDS}\n[通过][退回][看全文和图]")
    leader.taps_card("homework_yes:1")
    leader.sees("(按钮:已批)", "通过了：张三的《怎么开口》作业，已经告诉他。批错了发「撤销」。")

    zhangsan.sees("✅ 赵组长通过了你的作业：《怎么开口》。")
    [certificate] = rows(floor.muster, Certificate)
    assert (certificate.score, certificate.attempt_id) == (None, None)
    assert rows(floor.muster, Enrolment)[0].completed_at is not None
    assert WORDS.encode() not in (rows(floor.muster, Homework)[0].words or b"")


def test_homework_is_returned_with_a_remark_and_handed_in_anew(floor: Floor, enrolment: int) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    hands_in(floor)
    leader.reads()
    leader.taps_card("homework_no:1")
    leader.sees(
        "(按钮:在写原因)",
        "缺什么？\n张三的《怎么开口》作业。请直接打字，会告诉他；不退了回复「取消」。\n[取消]",
    )

    leader.says("只有一句，再写两句")

    assert "退回了：张三的《怎么开口》作业，已经告诉他。批错了发「撤销」。" in leader.reads()
    zhangsan.sees(
        "赵组长退回了你的作业：《怎么开口》。他说：只有一句，再写两句\n改好再发「交作业 怎么开口」。"
    )
    hands_in(floor, WORDS * 2)
    assert [one.state for one in rows(floor.muster, Homework)] == ["returned", "waiting"]


def test_words_beside_the_homework_mean_what_they_mean(floor: Floor, enrolment: int) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("交作业 开口")
    zhangsan.sees(TASK, ASKED)

    zhangsan.says("我的证书")
    zhangsan.reads()
    assert rows(floor.muster, Homework) == []

    zhangsan.says(WORDS)
    zhangsan.sees(HANDED_IN)
    floor["leader"].reads()


def test_homework_of_pictures_alone(floor: Floor, enrolment: int) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    zhangsan.says("交作业")
    zhangsan.reads()
    sends_picture(floor, zhangsan)
    zhangsan.sees(
        "图片收下了，算作业里的。还有图片接着发；最后写文字，发出去就交了。没有文字就点「只交图片」。"
    )

    zhangsan.taps_card(f"homework_pictures:{enrolment}")

    zhangsan.sees("(按钮:已交)", "交上去了：《怎么开口》，1 张图片。等赵组长批，批了马上告诉你。")
    leader.sees("张三的作业\n只有图片\n[通过][退回][看全文和图]")
    leader.taps_card("homework_look:1")
    whole, picture = leader.reads()
    assert whole.startswith("张三的作业，《怎么开口》：\n没有文字，只有图片。")
    assert picture == "[image]"
    [file] = rows(floor.muster, StoredFile)
    assert file.about == "homework:1"


def test_nothing_is_no_homework(floor: Floor, enrolment: int) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("交作业")
    zhangsan.reads()

    zhangsan.taps_card(f"homework_pictures:{enrolment}")

    zhangsan.sees("还没有内容：先发「交作业 课程名」，再发图片或者写文字。")


def test_what_waits_is_not_handed_in_twice(floor: Floor, enrolment: int) -> None:
    hands_in(floor)
    floor["leader"].reads()

    floor["zhangsan"].says("交作业 怎么开口")

    floor["zhangsan"].sees("「怎么开口」的作业 3月2日 周一 10:05 交过了，还在等批，不用再交。")


def test_a_decision_is_taken_back_with_its_certificate(floor: Floor, enrolment: int) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    hands_in(floor)
    leader.reads()
    leader.taps_card("homework_yes:1")
    leader.reads()
    zhangsan.reads()

    leader.says("撤销")

    assert "撤销了，张三的作业还等着批。" in leader.reads()
    assert "《怎么开口》的作业刚才批错了，已撤销，还在等批。" in zhangsan.reads()
    assert rows(floor.muster, Certificate) == []
    [one] = rows(floor.muster, Enrolment)
    assert one.completed_at is None
    leader.says("通过作业 1")
    assert len(rows(floor.muster, Certificate)) == 1


def test_what_waits_comes_again_and_climbs(floor: Floor, clock: TestClock, enrolment: int) -> None:
    leader, boss = floor["leader"], floor["boss"]
    hands_in(floor)
    leader.reads()

    clock.passes_to("2026-03-03T10:06")
    again = [one for one in leader.reads() if "作业" in one]
    assert [one.splitlines()[0] for one in again] == ["还在等你：张三的作业"]
    assert not [one for one in boss.reads() if "作业" in one]

    clock.passes_to("2026-03-04T10:06")
    higher = [one for one in boss.reads() if "作业" in one]
    assert [one.splitlines()[0] for one in higher] == ["两个工作日没人批：张三的作业"]
    boss.taps_card("homework_yes:1")
    assert "通过了：张三的《怎么开口》作业，已经告诉他。批错了发「撤销」。" in boss.reads()


def test_own_homework_is_looked_at_by_the_next_leader(floor: Floor) -> None:
    leader, boss = floor["leader"], floor["boss"]
    enrol(floor.muster, "leader", publish(floor.muster, CALL))
    leader.says("交作业")
    leader.reads()
    leader.says(WORDS)
    leader.sees("交上去了：《怎么开口》。等钱主管批，批了马上告诉你。")
    boss.reads()

    leader.says("通过作业 1")
    leader.sees("自己的作业和当面讲课，要由别人来。")
    leader.says("批作业")
    leader.sees("没有等你批的作业。")
    floor["leader2"].says("通过作业 1")
    floor["leader2"].sees("没有这份作业。发「批作业」看在等你批的。")
    boss.says("批作业")
    boss.sees(f"赵组长的作业\n{WORDS}\n[通过][退回][看全文和图]")


def test_both_the_exam_and_the_homework_make_the_course(floor: Floor) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    enrolment = enrol(floor.muster, "zhangsan", publish(floor.muster, NIGHT, homework="写一段。"))
    zhangsan.taps(f"exam:{enrolment}")
    zhangsan.reads()
    for shown in places(floor.muster):
        picks(zhangsan, shown)
        told = zhangsan.reads()
    assert told[-1].endswith("还差作业：发「交作业 夜间规则」。")
    assert rows(floor.muster, Certificate) == []
    zhangsan.says("交作业")
    zhangsan.reads()
    zhangsan.says("写好了，在这里。")
    zhangsan.reads()
    leader.reads()

    leader.says("通过作业 1")

    [certificate] = rows(floor.muster, Certificate)
    assert certificate.score == 100


def test_homework_by_the_api(floor: Floor, client: FlaskClient, enrolment: int) -> None:
    def call(account: str, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        token = Tokens(floor.muster).issue(account)
        told = client.open(
            f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        return told.status_code, told.get_json()

    status, told = call("zhangsan", "POST", f"/enrolments/{enrolment}/homework", {"words": WORDS})
    assert (status, told["result"]["state"]) == (201, "waiting")  # type: ignore[index]
    status, told = call("leader", "GET", "/homework/waiting")
    assert [one["words"] for one in told["result"]["homework"]] == [WORDS]  # type: ignore[index]
    status, told = call("leader", "POST", "/homework/1/decision", {"accepts": False})
    assert (status, told["error"]["code"]) == (409, "remark_needed")  # type: ignore[index]
    status, _ = call("lisi", "POST", f"/enrolments/{enrolment}/homework", {"words": WORDS})
    assert status == 404
    status, _ = call("far", "POST", "/homework/1/decision", {"accepts": True})
    assert status == 404
    status, told = call("leader", "POST", "/homework/1/decision", {"accepts": True})
    assert (status, told["result"]["state"]) == (200, "accepted")  # type: ignore[index]
    status, told = call("boss", "POST", "/homework/1/decision", {"accepts": True})
    assert (status, told["error"]["code"]) == (409, "homework_settled")  # type: ignore[index]
