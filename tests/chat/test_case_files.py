"""Pictures that belong to a case: sent, put there, looked at by those who may see the case."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import files
from models.files import MediaFetch, StoredFile
from tests.chat.floor import Floor
from tests.models.test_file_rules import PNG
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, and head office, a few minutes past ten; 张三 has a case."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    made.case(owner="zhangsan")
    return made


def send(floor: Floor) -> str:
    """张三 sends a picture; returns the ticket by which the buttons name it."""
    zhangsan = floor["zhangsan"]
    zhangsan.post(zhangsan.message("image", MediaId="m1", PicUrl="http://p"))
    zhangsan.sees(
        "收到你的照片，是哪个案件的？\n"
        "点一下放进案件；别的案件发「放到 1024」；不是案件的不用管，「我的材料」里可以看和删。\n[1001 王*]"
    )
    [fetch] = rows(floor.muster, MediaFetch)
    return str(fetch.ticket)


def fetched(floor: Floor, ticket: str) -> None:
    """The picture has come from the platform."""
    with floor.muster.database.writing() as session:
        files.finish_fetch(
            session,
            ticket=ticket,
            content=PNG,
            name="借据.png",
            at=floor.clock.now(),
            policy=floor.muster.policy,
        )


def test_a_picture_is_put_to_a_case_with_one_tap(floor: Floor) -> None:
    ticket = send(floor)
    floor["zhangsan"].taps_card(f"file_case:{ticket}.1001")
    floor["zhangsan"].sees("文件还在接收，过几秒再点一次。")
    fetched(floor, ticket)
    floor.clock.at("10:06")

    floor["zhangsan"].taps_card(f"file_case:{ticket}.1001")

    floor["zhangsan"].sees("(按钮:已放好)", "放好了，在 1001 的历史里；发「案件材料 1001」可以看。")
    [kept] = rows(floor.muster, StoredFile)
    assert (kept.about, kept.subject.partition(":")[0]) == ("case:1001", "debtor")
    floor["zhangsan"].says("历史 1001")
    assert "3/2 10:06 张三 放进一个文件（1 KB）" in floor["zhangsan"].reads()[0]


def test_who_may_see_the_case_may_see_its_pictures(floor: Floor) -> None:
    fetched(floor, send(floor))
    floor["zhangsan"].says("放到 1001")
    floor["zhangsan"].news()

    floor["leader"].says("案件材料 1001")
    floor["leader"].sees("1001 的材料，共 1 个\n\n[看 1]")
    [kept] = rows(floor.muster, StoredFile)
    floor["leader"].taps_card(f"case_file:{kept.id}")

    floor["leader"].sees("1001 的材料，3月2日 周一放的。这次查看已记下，请不要转发。", "[image]")
    floor["lisi"].says("案件材料 1001")
    floor["lisi"].sees("没有找到案件 1001，请核对编号。")


def test_a_picture_of_somebody_elses_is_not_put_anywhere(floor: Floor) -> None:
    ticket = send(floor)
    fetched(floor, ticket)
    number = floor.case(owner="lisi", name="李雷", phone="13800138001")

    floor["lisi"].says(f"放到 {number}")

    floor["lisi"].sees("一天之内没有收到你的图片或文件。先发给我，再发「放到 1002」。")
