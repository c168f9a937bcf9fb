"""Every type of message, from the text of a handler to the simulated phone, over HTTP."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import Muster, build
from bot.channels.base import ApiError, Parcel
from bot.channels.official import OfficialClient, OfficialMessenger
from bot.channels.wecom import WeComClient, WeComMessenger
from bot.markup import WordingError
from bot.wording import attachment_body, official_bodies, plain, wecom_bodies
from config.settings import Settings
from jobs.base import CloseCards, Notice
from models import messaging, staff
from models.messaging import Attachment, AttachmentKind, OutboundKind, OutboundMessage
from models.staff import Employee, Role
from sandbox.client import Person, Sandbox
from tests.sandbox.scene import ACCOUNT, ACCOUNT_SECRET, CORP, account_body, corp_body, running_sandbox
from tests.simulator import MONDAY, TestClock, rows

PUBLIC = "https://muster.example"
NOWHERE = "http://127.0.0.1:9"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
AMR = b"#!AMR\n" + b"\x3c" + bytes(31)
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(40)
FILES = {"png": PNG, "jpeg": JPEG, "amr": AMR, "mp4": MP4, "pdf": b"%PDF-1.7 report"}
numbers = itertools.count(1)


def lines(*parts: str) -> str:
    """A text of these lines."""
    return "\n".join(parts)


def media(digest: str, use: str, name: str) -> dict[str, str]:
    """What stands for a media id."""
    return {"attachment": digest, "as": use, "name": name}


COVER = media("png", "image", "cover.png")
THUMB = media("jpeg", "thumb", "cover.jpg")


def last_seq(person: Person) -> int:
    """The number of the newest message on a phone."""
    return max((int(message["seq"]) for message in person.inbox()), default=0)


@dataclass
class Phones:
    """The simulated platform, our two ways to it, and the people at its other end."""

    sandbox: Sandbox
    wecom: WeComMessenger
    official: OfficialMessenger
    settings: Settings

    def wecom_gets(self, *bodies: dict[str, Any], to: str = "lihua") -> list[dict[str, Any]]:
        """Send the bodies over WeCom; what then is on the phone."""
        person = self.sandbox.person(to)
        return self._arrives(self.wecom, OutboundKind.MESSAGE, person, bodies)

    def candidate_gets(
        self, *bodies: dict[str, Any], kind: OutboundKind = OutboundKind.MESSAGE
    ) -> list[dict[str, Any]]:
        """Send the bodies over the service account to a candidate who has just written."""
        person = self.sandbox.person("oChen")
        person.say("你好")
        self.sandbox.settle()  # nobody hears the callback, and the phone says so
        return self._arrives(self.official, kind, person, bodies)

    @staticmethod
    def _arrives(messenger: Any, kind: OutboundKind, person: Person, bodies: Any) -> list[dict[str, Any]]:
        after = last_seq(person)
        for body in bodies:
            key = f"key-{next(numbers)}"
            messenger.send(Parcel((1,), kind, (person.id,), body, key=key))
        return [one for one in person.inbox(after) if one["direction"] == "in"]


@pytest.fixture
def database_url(sqlite_template: object) -> str:
    """No database is needed here."""
    return f"sqlite:///{sqlite_template}"


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """The address of a sandbox."""
    with running_sandbox() as (url, _):
        yield url


@pytest.fixture
def phones(sandbox_url: str, settings: Settings) -> Iterator[Phones]:
    """A company and a service account whose callbacks nobody hears."""
    with Sandbox(sandbox_url) as sandbox:
        sandbox.reset()
        sandbox.settings(callback_retries=0, callback_timeout=0.2)
        sandbox.put_corp(CORP, corp_body(NOWHERE))
        sandbox.put_account(ACCOUNT, account_body(NOWHERE))
        changed = {
            "wecom_api_base": f"{sandbox_url}/wecom",
            "official_api_base": f"{sandbox_url}/official",
            "official_secret": SecretStr(ACCOUNT_SECRET),
        }
        pointed = settings.model_copy(update=changed)
        wecom = WeComMessenger(WeComClient(pointed), pointed.wecom_agent_id, FILES.get)
        yield Phones(sandbox, wecom, OfficialMessenger(OfficialClient(pointed), FILES.get), pointed)
        sandbox.reset()


@dataclass
class Case:
    """A text, the type it becomes, and what is read on the phone."""

    text: str
    type: str
    reads: str
    cover: Any = None


WECOM = {
    "text": Case("你好，<世界>", "text", "你好，"),
    "markdown": Case("!markdown\n**欠款** 1,200 元", "markdown", "**欠款** 1,200 元"),
    "textcard": Case(
        "!textcard\n# 放假通知\n国庆放假七天\n[看安排表](/app/holiday)",
        "textcard",
        "放假通知\n国庆放假七天\n[看安排表]",
    ),
    "news": Case(
        lines(
            "!news",
            "# 一号文",
            "摘要一",
            "![](https://pic.example/1.png)",
            "[看](/app/1)",
            "# 二号文",
            "[看](https://x.example/2)",
        ),
        "news",
        "一号文\n摘要一\n二号文",
    ),
    "mpnews": Case(
        "!mpnews 合规部\n# 催收红线\n> 不得骚扰第三人\n<p>正文</p>\n[原文](/app/rules)",
        "mpnews",
        "催收红线",
        COVER,
    ),
    "miniprogram_notice": Case(
        lines(
            "!miniprogram wx0123456789abcdef pages/case?id=9",
            "# 案件提醒",
            "今日到期",
            "- 案件：张三",
            "- 金额：1200 元",
        ),
        "miniprogram_notice",
        "案件提醒\n今日到期\n案件:张三\n金额:1200 元",
    ),
    "text_notice": Case(
        lines(
            "# 今日回收",
            "## 98.6% 回收率",
            "比昨天好",
            "> 保持",
            "- 笔数：120",
            "- 明细：[看](/app/detail)",
            "[看看](/app/today)",
            "[历史](/app/history)",
        ),
        "template_card",
        "今日回收\n98.6%\n回收率\n保持\n比昨天好\n笔数:120\n明细:看\n→ 看看\n→ 历史",
    ),
    "news_notice": Case(
        "# 周报\n本周回款\n第一名张伟\n第二名李华\n![](/app/week.png)\n[看周报](/app/week)",
        "template_card",
        "周报\n本周回款\n第一名张伟\n第二名李华\n→ 看周报",
    ),
    "button_interaction": Case(
        lines(
            "# 补卡申请",
            "李华 3月2日",
            "> 手机没电",
            "- 时间：09:00",
            "?reason 原因",
            "( ) phone 手机没电",
            "(*) other 其他",
            "[同意](approve)",
            "[驳回](reject)",
        ),
        "template_card",
        "补卡申请\n手机没电\n李华 3月2日\n时间:09:00\n原因:手机没电 / 其他\n[同意]\n[驳回]",
    ),
    "vote_interaction": Case(
        "# 团建去哪\n可多选\n?where\n[ ] hill 爬山\n[x] sea 看海\n[投票](vote)",
        "template_card",
        "团建去哪\n可多选\n选择:爬山 / 看海\n[投票]",
    ),
    "vote_interaction, one answer": Case(
        "# 明天加班吗\n?over\n( ) yes 加\n( ) no 不加\n[提交](vote)",
        "template_card",
        "明天加班吗\n选择:加 / 不加\n[提交]",
    ),
    "multiple_interaction": Case(
        lines(
            "# 排班意向",
            "请选",
            "?day 哪天",
            "( ) mon 周一",
            "(*) tue 周二",
            "?shift 班次",
            "( ) day 白班",
            "( ) night 夜班",
            "[提交](plan)",
        ),
        "template_card",
        "排班意向\n请选\n哪天:周一 / 周二\n班次:白班 / 夜班\n[提交]",
    ),
}


@pytest.mark.parametrize(("name", "case"), WECOM.items(), ids=WECOM)
def test_wecom_shows_every_type(phones: Phones, name: str, case: Case) -> None:
    bodies = wecom_bodies(case.text, f"k{next(numbers)}", PUBLIC, case.cover)

    [shown] = phones.wecom_gets(*bodies)

    assert (shown["msgtype"], shown["text"]) == (case.type, case.reads)
    if case.type == "template_card":
        assert shown["content"]["card_type"] == name.split(",")[0]


ATTACHMENTS = {
    "image": (Attachment(AttachmentKind.IMAGE, "回收率.png", PNG), "png", "[图片]"),
    "voice": (Attachment(AttachmentKind.VOICE, "提醒.amr", AMR), "amr", "[语音]"),
    "video": (Attachment(AttachmentKind.VIDEO, "培训.mp4", MP4), "mp4", "[视频]\n培训"),
    "file": (Attachment(AttachmentKind.FILE, "报表.pdf", FILES["pdf"]), "pdf", "[文件]\n报表.pdf"),
}


@pytest.mark.parametrize(("kind", "case"), ATTACHMENTS.items(), ids=ATTACHMENTS)
def test_wecom_shows_every_attachment(phones: Phones, kind: str, case: Any) -> None:
    attachment, digest, reads = case

    [shown] = phones.wecom_gets(attachment_body(attachment, media(digest, kind, attachment.name)))

    assert (shown["msgtype"], shown["text"]) == (kind, reads)


def test_a_file_that_waited_longer_than_the_platform_keeps_it_is_uploaded_anew(phones: Phones) -> None:
    attachment, digest, _ = ATTACHMENTS["image"]
    body = attachment_body(attachment, media(digest, "image", attachment.name))
    phones.wecom_gets(body)
    phones.sandbox.advance(4 * 86400)

    [shown] = phones.wecom_gets(body)

    assert shown["text"] == "[图片]"


OFFICIAL = {
    "text": Case("你好", "text", "你好"),
    "markdown": Case("!markdown\n**面试** 明天", "text", "**面试** 明天"),
    "textcard": Case(
        "!textcard\n# 通知\n明天面试\n[看](/app/i)", "text", f"通知\n明天面试\n看:{PUBLIC}/app/i"
    ),
    "card with a link": Case(
        "# 面试\n明天\n- 地点：三楼\n[看](/app/i)", "text", f"面试\n明天\n地点:三楼\n看:{PUBLIC}/app/i"
    ),
    "news": Case("!news\n# 招聘\n十个岗位\n[看](/app/jobs)", "news", "招聘\n十个岗位"),
    "news from a card": Case("# 招聘\n十个岗位\n![](/app/p.png)\n[看](/app/jobs)", "news", "招聘\n十个岗位"),
    "msgmenu": Case(
        "# 面试安排\n请选一项\n- 地点：三楼\n[参加](attend)\n[改期](later)",
        "msgmenu",
        "面试安排\n请选一项\n地点:三楼\n[1. 参加]\n[2. 改期]",
    ),
    "music": Case("!music https://x.example/a.mp3\n# 司歌\n一起唱", "music", "[音乐]\n司歌", THUMB),
    "miniprogrampage": Case(
        "!miniprogram wx0123456789abcdef pages/apply\n# 补测申请",
        "miniprogrampage",
        "[miniprogrampage]",
        THUMB,
    ),
    "mpnewsarticle": Case("!article A1", "mpnewsarticle", "[mpnewsarticle]"),
    "wxcard": Case("!voucher C1", "wxcard", "[wxcard]"),
}


@pytest.mark.parametrize("case", OFFICIAL.values(), ids=OFFICIAL)
def test_the_service_account_shows_every_type(phones: Phones, case: Case) -> None:
    [shown] = phones.candidate_gets(*official_bodies(case.text, PUBLIC, case.cover))

    assert (shown["msgtype"], shown["text"]) == (case.type, case.reads)


@pytest.mark.parametrize("kind", ["image", "voice", "video"])
def test_the_service_account_shows_every_attachment(phones: Phones, kind: str) -> None:
    attachment, digest, reads = ATTACHMENTS[kind]

    [shown] = phones.candidate_gets(attachment_body(attachment, media(digest, kind, attachment.name), THUMB))

    assert (shown["msgtype"], shown["text"]) == (kind, reads)


def test_a_template_message_says_its_values(phones: Phones) -> None:
    text = lines(
        "!template T1",
        "- thing1：催收专员（应届生专场，含培训生岗位的招聘）",
        "- time2：3月5日 14:00",
        "[看](/app/i)",
    )

    [shown] = phones.candidate_gets(*official_bodies(text, PUBLIC), kind=OutboundKind.TEMPLATE)

    assert shown["text"] == "面试通知\n岗位:催收专员（应届生专场，含培训生岗位的招…\n时间:3月5日 14:00"
    assert shown["content"]["url"] == f"{PUBLIC}/app/i"


def test_a_repeated_template_message_appears_once(phones: Phones) -> None:
    body = official_bodies("!template T1\n- thing1：岗位\n- time2：9:00", PUBLIC)[0]
    parcel = Parcel((1,), OutboundKind.TEMPLATE, ("oChen",), body, key="same")
    person = phones.sandbox.person("oChen")
    after = last_seq(person)

    msgids = {phones.official.send(parcel).msgid for _ in range(3)}

    assert len(msgids) == 1
    assert len(person.inbox(after)) == 1


def test_typing_needs_an_open_window(phones: Phones) -> None:
    typing = Parcel((1,), OutboundKind.TYPING, ("oChen",), {"command": "Typing"})
    with pytest.raises(ApiError, match="45015"):
        phones.official.send(typing)
    phones.sandbox.person("oChen").say("在吗")

    phones.official.send(typing)


LONG = "长" * 3000
COUNTING = "".join(f"第{number}个" for number in range(1000))


def test_what_people_wrote_is_cut_where_the_platform_would_refuse_it(phones: Phones) -> None:
    texts = [
        f"# {LONG}\n{LONG}\n- {LONG}：{LONG}\n[{LONG}](/app/x)",
        f"# {LONG}\n{LONG}\n{LONG}\n{LONG}\n{LONG}\n{LONG}\n{LONG}\n![](/p.png)\n[{LONG}](/app/x)",
        f"# {LONG}\n{LONG}\n[{LONG}](ok)\n[不](no)",
        f"# {LONG}\n{LONG}\n?q\n[ ] a {LONG}\n[{LONG}](ok)",
        f"!textcard\n# {LONG}\n{LONG}\n[{LONG}](/app/x)",
        f"!news\n# {LONG}\n{LONG}\n[{LONG}](/app/x)",
        f"!miniprogram wx1 p\n# {LONG}\n{LONG}\n- {LONG}：{LONG}",
        f"!markdown\n{LONG}",
        COUNTING,
    ]

    shown = [phones.wecom_gets(*wecom_bodies(text, f"k{next(numbers)}", PUBLIC)) for text in texts]

    assert all(shown)
    card = shown[0][0]["content"]
    assert card["main_title"]["title"] == "长" * 35 + "…"
    assert card["horizontal_content_list"][0]["keyname"] == "长" * 4 + "…"
    assert card["jump_list"][0]["title"].endswith("…")
    textcard = shown[4][0]["content"]
    assert textcard["description"].endswith("…")
    assert len(textcard["description"].encode()) <= 512 - 48
    assert "".join(piece["text"] for piece in shown[8]) == COUNTING


def test_six_buttons_fit_and_every_key_comes_back(phones: Phones) -> None:
    buttons = "\n".join(f"[按钮{number}](key:{number})" for number in range(6))

    [shown] = phones.wecom_gets(*wecom_bodies(f"# 选\n{buttons}", "six", PUBLIC))

    assert [one["key"] for one in shown["content"]["button_list"]] == [f"key:{number}" for number in range(6)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# 题\n" + "\n".join(f"[钮](k{n})" for n in range(7)), "at most 6 buttons"),
        ("# 题\n" + "\n".join(f"- 名：{n}" for n in range(7)) + "\n[钮](k)", "at most 6 rows"),
        ("# 题\n" + "\n".join(f"[去](/{n})" for n in range(4)), "at most 3 links"),
        ("# 题\n[钮](k)\n[去](/1)\n[去](/2)", "at most 1 links"),
        ("# 题\n[同](k)\n[同](k)", "differ"),
        (f"# 题\n[钮]({'k' * 1025})", "1024 bytes"),
        ("# \n[钮](k)", "title"),
        ("# 题\n## 9 个\n[钮](k)", "no figure"),
        ("# 题\n![](/p.png)\n[钮](k)", "no picture"),
        ("# 题\n?q\n[钮](k)", "1 to 20 options"),
        ("# 题\n?q 问\n" + "\n".join(f"( ) {n} 选" for n in range(11)) + "\n[钮](k)", "1 to 10 options"),
        ("# 题\n?q\n( ) a 甲\n( ) a 乙\n[钮](k)", "ids of options differ"),
        ("# 题\n?q\n(*) a 甲\n(*) b 乙\n[钮](k)", "takes one answer"),
        ("# 题\n?q\n( ) a 甲\n- 名：值\n[钮](k)", "no rows"),
        ("# 题\n?q 问\n[ ] a 甲\n?r 问\n( ) b 乙\n[钮](k)", "several answers"),
        ("# 题\n?q 问\n( ) a 甲\n?r 问\n( ) b 乙\n[钮](k)\n[钮](l)", "at most 1 questions"),
        ("# 题\n" + "".join(f"?q{n} 问\n( ) a 甲\n" for n in range(4)) + "[钮](k)", "at most 3 questions"),
        (f"# 题\n[去](/{'x' * 2048})", "2048 bytes"),
        ("!textcard\n# 题\n[去](/x)", "description"),
        ("!textcard\n# 题\n文", "link"),
        ("!textcard\n文\n[去](/x)", "title"),
        ("!news\n" + "# 题\n[去](/x)\n" * 9, "at most 8"),
        ("!news\n# 题", "link"),
        ("!mpnews\n# 题\n文", "cover"),
        ("!miniprogram\n# 四个字题\n- 名：值", "app id"),
        ("!miniprogram wx1\n# 短\n- 名：值", "4 to 12"),
        ("!miniprogram wx1\n# 四个字题", "1 to 10 rows"),
        ("!music https://x.example/a.mp3\n# 题", "no type of message"),
        ("!nonsense\n文", "no type of message"),
    ],
)
def test_a_text_that_cannot_be_what_it_wants_is_its_authors_mistake(text: str, why: str) -> None:
    with pytest.raises(WordingError, match=why):
        wecom_bodies(text, "key", PUBLIC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# 题\n?q\n( ) a 甲\n[钮](k)", "cannot ask"),
        ("!news\n# 一\n[去](/x)\n# 二\n[去](/x)", "one title"),
        ("!miniprogram wx1 p\n# 题", "cover"),
        ("!mpnews\n# 题\n文", "no type of message"),
        ("!template T1\n说明", "rows"),
        ("!template\n- thing1：值", "id of the template"),
        ("!template T1\n- number1：十二", "number1 cannot be"),
        ("!template T1\n- phrase1：ok", "phrase1 cannot be"),
        ("!template T1\n- character_string1：编号", "character_string1 cannot be"),
        ("!template T1\n- time1：明天", "time1 cannot be"),
        ("!template T1\n- amount1：", "amount1 cannot be"),
    ],
)
def test_the_service_accounts_texts_are_checked_as_well(text: str, why: str) -> None:
    with pytest.raises(WordingError, match=why):
        official_bodies(text, PUBLIC)


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("thing1：" + "长" * 30, "长" * 19 + "…"),
        ("thing1：", "无"),
        ("phrase1：已经全部到达了", "已经全部到"),
        ("name1：" + "李" * 12, "李" * 9 + "…"),
        ("name1：" + "a" * 25, "a" * 19 + "…"),
        ("character_string1：" + "a" * 40, "a" * 32),
        ("number1：12", "12"),
        ("amount1：1200元", "1200元"),
        ("phone_number1：+86 13800000000", "+86 13800000000"),
        ("const1：已通过", "已通过"),
        ("date1：3月2日", "3月2日"),
    ],
)
def test_template_values_are_cut_to_their_type(row: str, value: str) -> None:
    [body] = official_bodies(f"!template T1\n- {row}", PUBLIC)

    assert [entry["value"] for entry in body["data"].values()] == [value]


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("!markdown\n**粗**", "**粗**"),
        ("!textcard\n# 题\n文\n[去](/x)", f"题\n文\n去:{PUBLIC}/x"),
        ("# 题\n## 9 个\n文\n> 引\n- 名：值\n[钮](k)", "题\n9 个\n文\n引\n名:值"),
        ("不是 # 卡片", "不是 # 卡片"),
    ],
)
def test_a_page_shows_a_text_without_its_markup(text: str, reads: str) -> None:
    assert plain(text, PUBLIC) == reads


# --- through the whole bot: the notice of a job, the outbox, the phone ---------------------------------


@pytest.fixture
def bot(phones: Phones, sqlite_template: Path, tmp_path: Path) -> Iterator[Muster]:
    """The bot as the composition root joins it, on a database of its own, with Li Hua in it."""
    shutil.copy(sqlite_template, tmp_path / "bot.db")
    settings = phones.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/bot.db"})
    built = build(settings, clock=TestClock())
    built.clock.at("08:31")  # type: ignore[attr-defined]
    with built.database.writing() as session:
        staff.add_employee(session, wecom_id="LiHua", name="李华", role=Role.COLLECTOR)
    yield built
    built.close()


def notify(bot: Muster, *notices: Notice | CloseCards) -> None:
    """What a job has to say, delivered."""
    with bot.database.writing() as session:
        bot.posting.post_notices(session, f"test:{next(numbers)}", notices, bot.clock.now())
    bot.outbox.drain()


def lihua(bot: Muster) -> Employee:
    """Li Hua, as the bot knows her."""
    with bot.database.reading() as session:
        found = staff.find_employee(session, "lihua", at=MONDAY)
    assert found is not None
    return found


def test_a_picture_in_a_notice_is_on_the_phone(bot: Muster, phones: Phones) -> None:
    chart = Attachment(AttachmentKind.IMAGE, "回收率.png", PNG)

    notify(bot, Notice(lihua(bot), "common/stale_key", attachments=[chart]))

    texts = [message["text"] for message in phones.sandbox.person("lihua").inbox()]
    assert texts[0].startswith("这个按钮已经失效了")
    assert texts[1:] == ["[图片]"]


def test_a_message_that_is_taken_back_is_gone_from_the_phone(bot: Muster, phones: Phones) -> None:
    notify(bot, Notice(lihua(bot), "common/stale_key"))
    [row] = rows(bot, OutboundMessage)

    with bot.database.writing() as session:
        assert messaging.recall(session, ids=[row.id], at=bot.clock.now())
    bot.outbox.drain()

    [shown] = phones.sandbox.person("lihua").inbox()
    assert shown["recalled"]


def test_a_card_that_is_dealt_with_says_so_on_the_phone(bot: Muster, phones: Phones) -> None:
    start = bot.clock.now()
    values = {"employee": lihua(bot), "start": start}
    notify(bot, Notice(lihua(bot), "checkin/reminder", values, about="shift:1"))

    notify(bot, CloseCards("shift:1", "checkin/checked_in_button"))

    [shown] = phones.sandbox.person("lihua").inbox()
    assert (shown["updated"], shown["replace_text"]) == (True, "已打卡")
