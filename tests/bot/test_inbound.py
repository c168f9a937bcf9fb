"""Every message and event of protocol 2.1 to 2.8: taken, kept whole, and answered where a person asked."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.document import read_document
from bot.inbound import keepable, parse
from bot.rejection import Rejected
from handlers.base import Account, CardTap, Kind, Message, Place
from models.messaging import InboundMessage, OutboundMessage
from tests.bot.wire import CONTACTS, OFFICIAL, WECOM, Line, document, event
from tests.simulator import Given, rows

ASKED, KEPT = True, False
"""Whether the sender hears something."""

ID = "<MsgId>1000000000000000045</MsgId>"
APP = "<AgentID>1000002</AgentID>"
WXWORK = "<AppType><![CDATA[wxwork]]></AppType>"
PICTURES = "<PicMd5Sum><![CDATA[1b5f7c23b5bf75682a53e7b6d163e185]]></PicMd5Sum>"
LOCATION_INFO = (
    "<SendLocationInfo><Location_X><![CDATA[30.658601]]></Location_X>"
    "<Location_Y><![CDATA[104.064855]]></Location_Y><Scale><![CDATA[16]]></Scale>"
    "<Label><![CDATA[成都市锦江区示例路 8 号]]></Label><Poiname><![CDATA[{poi}]]></Poiname>"
    "</SendLocationInfo>"
)
SCAN_INFO = (
    "<ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType>"
    "<ScanResult><![CDATA[https://example.com/1]]></ScanResult></ScanCodeInfo>"
)
VOTE = (
    "<EventKey><![CDATA[submit]]></EventKey><TaskId><![CDATA[shift-20231115-0007]]></TaskId>"
    "<CardType><![CDATA[vote_interaction]]></CardType><ResponseCode><![CDATA[rc_9f2c]]></ResponseCode>"
    f"{APP}<SelectedItems><SelectedItem><QuestionKey><![CDATA[q1]]></QuestionKey>"
    "<OptionIds><OptionId><![CDATA[o1]]></OptionId><OptionId><![CDATA[o3]]></OptionId></OptionIds>"
    "</SelectedItem></SelectedItems>"
)
APPROVAL = (
    "<ApprovalInfo><ThirdNo><![CDATA[201806010001]]></ThirdNo><OpenSpName><![CDATA[付款]]></OpenSpName>"
    "<OpenTemplateId><![CDATA[1234567890]]></OpenTemplateId><OpenSpStatus>1</OpenSpStatus>"
    "<ApplyTime>1527837645</ApplyTime><ApplyUserName><![CDATA[李华]]></ApplyUserName>"
    "<ApplyUserId><![CDATA[lihua]]></ApplyUserId><ApplyUserParty><![CDATA[产品部]]></ApplyUserParty>"
    "<ApplyUserImage><![CDATA[http://www.example.com/xxx.png]]></ApplyUserImage>"
    "<ApprovalNodes><ApprovalNode><NodeStatus>1</NodeStatus><NodeAttr>1</NodeAttr><NodeType>1</NodeType>"
    "<Items><Item><ItemName><![CDATA[赵]]></ItemName><{user}><![CDATA[zhao]]></{user}>"
    "<ItemStatus>1</ItemStatus><ItemSpeech><![CDATA[]]></ItemSpeech><ItemOpTime>0</ItemOpTime></Item>"
    "<Item><ItemName><![CDATA[钱]]></ItemName><{user}><![CDATA[qian]]></{user}><ItemStatus>1</ItemStatus>"
    "<ItemSpeech><![CDATA[]]></ItemSpeech><ItemOpTime>0</ItemOpTime></Item></Items>"
    "</ApprovalNode></ApprovalNodes><NotifyNodes><NotifyNode><ItemName><![CDATA[孙]]></ItemName>"
    "<{user}><![CDATA[sun]]></{user}></NotifyNode></NotifyNodes><{step}>0</{step}></ApprovalInfo>"
)
SYS_APPROVAL = (
    "<ApprovalInfo><SpNo>202311150001</SpNo><SpName><![CDATA[请假]]></SpName><SpStatus>1</SpStatus>"
    "<TemplateId><![CDATA[3TkZjxugodbqpEMk9j7X6h6zKqYkc7MxQrrFmT7H]]></TemplateId>"
    "<ApplyTime>1700000000</ApplyTime><Applyer><UserId><![CDATA[lihua]]></UserId>"
    "<Party><![CDATA[1]]></Party></Applyer>"
    "<SpRecord><SpStatus>1</SpStatus><ApproverAttr>1</ApproverAttr>"
    "<Details><Approver><UserId><![CDATA[zhao]]></UserId></Approver><Speech><![CDATA[]]></Speech>"
    "<SpStatus>1</SpStatus><SpTime>0</SpTime></Details>"
    "<Details><Approver><UserId><![CDATA[qian]]></UserId></Approver><Speech><![CDATA[]]></Speech>"
    "<SpStatus>1</SpStatus><SpTime>0</SpTime></Details></SpRecord>"
    "<SpRecord><SpStatus>1</SpStatus><ApproverAttr>2</ApproverAttr></SpRecord>"
    "<Notifyer><UserId><![CDATA[sun]]></UserId></Notifyer>"
    "<Notifyer><UserId><![CDATA[li]]></UserId></Notifyer>"
    "<Comments><CommentUserInfo><UserId><![CDATA[li]]></UserId></CommentUserInfo>"
    "<CommentTime>1700000001</CommentTime><CommentContent><![CDATA[好]]></CommentContent>"
    "<CommentId><![CDATA[1]]></CommentId></Comments><StatuChangeEvent>1</StatuChangeEvent>"
    "<ProcessList><NodeList><NodeType>1</NodeType><SubNodeList><UserInfo><UserId><![CDATA[zhao]]></UserId>"
    "</UserInfo></SubNodeList></NodeList></ProcessList></ApprovalInfo>"
)
BATCH = (
    "<BatchJob><JobId><![CDATA[S0MrnndvRG5fadSlLwiBqiDDbM143UqTmKP3152FZk4]]></JobId>"
    "<JobType><![CDATA[sync_user]]></JobType><ErrCode>0</ErrCode><ErrMsg><![CDATA[ok]]></ErrMsg></BatchJob>"
)


def key(value: str) -> str:
    """The element of a menu item's key."""
    return f"<EventKey><![CDATA[{value}]]></EventKey>"


def pictures(*lists: str, count_first: bool) -> str:
    """`SendPicsInfo` with these `PicList` elements."""
    count = "<Count>2</Count>"
    inside = count + "".join(lists) if count_first else "".join(lists) + count
    return f"<SendPicsInfo>{inside}</SendPicsInfo>"


ONE_LIST = pictures(f"<PicList><item>{PICTURES}</item><item>{PICTURES}</item></PicList>", count_first=True)
TWO_LISTS = pictures(*[f"<PicList><item>{PICTURES}</item></PicList>"] * 2, count_first=False)

MESSAGES = [
    ("text", "<Content><![CDATA[你好]]></Content>", Kind.TEXT),
    ("image", "<PicUrl><![CDATA[http://p.example/1]]></PicUrl><MediaId><![CDATA[m]]></MediaId>", Kind.IMAGE),
    ("voice", "<MediaId><![CDATA[m]]></MediaId><Format><![CDATA[amr]]></Format>", Kind.VOICE),
    ("video", "<MediaId><![CDATA[m]]></MediaId><ThumbMediaId><![CDATA[t]]></ThumbMediaId>", Kind.VIDEO),
    (
        "location",
        "<Location_X>30.658601</Location_X><Location_Y>104.064855</Location_Y><Scale>16</Scale>"
        "<Label><![CDATA[示例路 8 号]]></Label>",
        Kind.LOCATION,
    ),
    (
        "link",
        "<Title><![CDATA[标题]]></Title><Description><![CDATA[描述]]></Description>"
        "<Url><![CDATA[https://example.com]]></Url><PicUrl><![CDATA[]]></PicUrl>",
        Kind.LINK,
    ),
    ("file", "<FileName><![CDATA[a.pdf]]></FileName>", Kind.UNKNOWN),
]

APP_EVENTS = [
    ("subscribe", key(""), ASKED),
    ("unsubscribe", key(""), KEPT),
    ("enter_agent", key(""), KEPT),
    (
        "LOCATION",
        "<Latitude>30.658601</Latitude><Longitude>104.064855</Longitude><Precision>30.000000</Precision>"
        + WXWORK,
        KEPT,
    ),
    ("click", key("help"), ASKED),
    ("click", key("no_such_key"), ASKED),
    ("CLICK", key("help"), ASKED),
    ("view", key("https://example.com/app"), KEPT),
    ("view_miniprogram", key("pages/index"), KEPT),
    ("scancode_push", key("scan") + SCAN_INFO, KEPT),
    ("scancode_waitmsg", key("scan") + SCAN_INFO, ASKED),
    ("pic_sysphoto", key("photo") + ONE_LIST, KEPT),
    ("pic_photo_or_album", key("photo") + TWO_LISTS, KEPT),
    ("pic_weixin", key("photo") + ONE_LIST, KEPT),
    ("location_select", key("here") + LOCATION_INFO.format(poi="示例大厦") + WXWORK, ASKED),
    ("open_approval_change", APPROVAL.format(user="ItemUserId", step="approverstep"), KEPT),
    ("open_approval_change", APPROVAL.format(user="ItemUserid", step="ApproverStep"), KEPT),
    ("sys_approval_change", SYS_APPROVAL, KEPT),
    ("template_card_event", VOTE, ASKED),
    (
        "template_card_menu_event",
        key("mute")
        + "<TaskId><![CDATA[t]]></TaskId><CardType><![CDATA[text_notice]]></CardType>"
        + "<ResponseCode><![CDATA[rc]]></ResponseCode>",
        ASKED,
    ),
    ("taskcard_click", key("yes") + "<TaskId><![CDATA[t]]></TaskId>", ASKED),
    ("share_agent_change", "", KEPT),
    ("share_chain_change", "", KEPT),
    ("inactive_alert", "<EffectTime>1700000000</EffectTime>", KEPT),
    ("low_active_alert", "<EffectTime>1700000000</EffectTime>", KEPT),
    ("close_inactive_agent", "", KEPT),
    ("reopen_inactive_agent", "", KEPT),
    ("low_active", "", KEPT),
    ("active_restored", "", KEPT),
    ("switch_workbench_mode", "<Mode>1</Mode>", KEPT),
    ("change_app_admin", "", KEPT),
    ("an_event_of_next_year", "<Whatever><It><Holds>1</Holds></It></Whatever>", KEPT),
]

CHANGES = [
    (
        "create_user",
        "<UserID><![CDATA[zhangsan]]></UserID><Name><![CDATA[张三]]></Name><Department>1,2,3</Department>"
        "<MainDepartment>1</MainDepartment><IsLeaderInDept>1,0,0</IsLeaderInDept>"
        "<DirectLeader><![CDATA[lisi]]></DirectLeader><Position><![CDATA[催收员]]></Position>"
        "<Mobile>13800000000</Mobile><Gender>1</Gender><Email><![CDATA[]]></Email><Status>1</Status>"
        "<ExtAttr><Item><Name><![CDATA[爱好]]></Name><Type>0</Type><Text><Value><![CDATA[棋]]></Value></Text>"
        "</Item><Item><Name><![CDATA[主页]]></Name><Type>1</Type><Web><Title><![CDATA[页]]></Title>"
        "<Url><![CDATA[https://example.com]]></Url></Web></Item></ExtAttr>",
    ),
    ("update_user", "<UserID><![CDATA[zhangsan]]></UserID><NewUserID><![CDATA[zhangsan001]]></NewUserID>"),
    ("delete_user", "<UserID><![CDATA[zhangsan]]></UserID>"),
    ("create_party", "<Id>2</Id><Name><![CDATA[二部]]></Name><ParentId>1</ParentId><Order>1</Order>"),
    ("update_party", "<Id>2</Id><ParentId>1</ParentId>"),
    ("delete_party", "<Id>2</Id>"),
    ("update_tag", "<TagId>1</TagId><AddUserItems><![CDATA[zhangsan,lisi]]></AddUserItems>"),
    ("a_change_of_next_year", ""),
]

SENT = "<MsgID>200163836</MsgID>"
OFFICIAL_EVENTS = [
    ("subscribe", key(""), ASKED),
    ("subscribe", key("qrscene_2026") + "<Ticket><![CDATA[TICKET]]></Ticket>", ASKED),
    ("unsubscribe", "", KEPT),
    ("SCAN", key("2026") + "<Ticket><![CDATA[TICKET]]></Ticket>", KEPT),
    (
        "LOCATION",
        "<Latitude>23.137466</Latitude><Longitude>113.352425</Longitude><Precision>119.385040</Precision>",
        KEPT,
    ),
    ("CLICK", key("help"), ASKED),
    ("CLICK", key("no_such_key"), ASKED),
    ("VIEW", key("https://example.com") + "<MenuId>1</MenuId>", KEPT),
    ("view_miniprogram", key("pages/index") + "<MenuId>1</MenuId>", KEPT),
    ("scancode_push", key("scan") + SCAN_INFO, KEPT),
    ("scancode_waitmsg", key("scan") + SCAN_INFO, ASKED),
    ("pic_sysphoto", key("photo") + ONE_LIST, KEPT),
    ("pic_photo_or_album", key("photo") + TWO_LISTS, KEPT),
    ("pic_weixin", key("photo") + TWO_LISTS, KEPT),
    ("location_select", key("here") + LOCATION_INFO.format(poi=""), KEPT),
    ("TEMPLATESENDJOBFINISH", SENT + "<Status><![CDATA[failed:user block]]></Status>", KEPT),
    (
        "MASSSENDJOBFINISH",
        SENT + "<Status><![CDATA[send success]]></Status><TotalCount>100</TotalCount>"
        "<FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount>",
        KEPT,
    ),
    (
        "subscribe_msg_popup_event",
        "<SubscribeMsgPopupEvent>"
        "<List><TemplateId><![CDATA[T1]]></TemplateId><SubscribeStatusString><![CDATA[accept]]>"
        "</SubscribeStatusString><PopupScene>2</PopupScene></List>"
        "<List><TemplateId><![CDATA[T2]]></TemplateId><SubscribeStatusString><![CDATA[reject]]>"
        "</SubscribeStatusString><PopupScene>2</PopupScene></List></SubscribeMsgPopupEvent>",
        KEPT,
    ),
    (
        "subscribe_msg_change_event",
        "<SubscribeMsgChangeEvent><List><TemplateId><![CDATA[T1]]></TemplateId>"
        "<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString></List></SubscribeMsgChangeEvent>",
        KEPT,
    ),
    (
        "subscribe_msg_sent_event",
        "<SubscribeMsgSentEvent><List><TemplateId><![CDATA[T1]]></TemplateId><MsgID>1700827132819554304"
        "</MsgID><ErrorCode>0</ErrorCode><ErrorStatus><![CDATA[success]]></ErrorStatus></List>"
        "</SubscribeMsgSentEvent>",
        KEPT,
    ),
    ("user_info_modified", "", KEPT),
    ("user_authorization_revoke", "", KEPT),
    ("kf_create_session", "<KfAccount><![CDATA[test1@test]]></KfAccount>", KEPT),
    ("kf_close_session", "<KfAccount><![CDATA[test1@test]]></KfAccount>", KEPT),
    ("kf_switch_session", "<FromKfAccount><![CDATA[a]]></FromKfAccount>", KEPT),
    ("an_event_of_next_year", "", KEPT),
]


def taken(client: FlaskClient, muster: Muster, line: Line, xml: str) -> tuple[InboundMessage, bool]:
    """The one row this document became, and whether its sender hears something."""
    address, body = line.callback(xml)
    response = client.post(address, data=body, content_type="text/xml")
    assert (response.status_code, response.data) == (200, b"")
    [row] = rows(muster, InboundMessage)
    assert row.account == line.account
    whole = read_document(xml.encode())
    assert row.fields == keepable(parse(Account(line.account), whole))
    assert row.outcome != "crashed"
    heard = [message for message in rows(muster, OutboundMessage) if message.recipient == row.sender]
    assert bool(heard) is (row.outcome != "kept")
    return row, bool(heard)


def read(inner: str, *, type_: str = "event", account: Account = Account.WECOM) -> Message:
    """The message in a document, without a server around it."""
    return parse(account, read_document(document(type_, inner).encode()))


@pytest.mark.parametrize(("type_", "inner", "kind"), MESSAGES, ids=[case[0] for case in MESSAGES])
def test_every_message_of_a_member_is_answered(
    client: FlaskClient, muster: Muster, given: Given, type_: str, inner: str, kind: Kind
) -> None:
    given.employee("lihua", "李华")

    row, heard = taken(client, muster, WECOM, document(type_, inner + ID + APP + WXWORK))

    assert (row.kind, row.event, row.sender, heard) == (kind, "", "lihua", ASKED)


@pytest.mark.parametrize(
    ("name", "inner", "asked"), APP_EVENTS, ids=[f"{n}-{case[0]}" for n, case in enumerate(APP_EVENTS)]
)
def test_every_event_of_a_member_is_taken(
    client: FlaskClient, muster: Muster, given: Given, name: str, inner: str, asked: bool
) -> None:
    given.employee("lihua", "李华")

    row, heard = taken(client, muster, WECOM, event(name, inner + APP))

    assert (row.kind, row.event, heard) == (Kind.EVENT, name.lower(), asked)


@pytest.mark.parametrize("name", ["click", "subscribe", "template_card_event"])
def test_who_asks_and_is_not_in_the_list_is_told_so(client: FlaskClient, muster: Muster, name: str) -> None:
    row, heard = taken(client, muster, WECOM, event(name, VOTE))

    assert (row.outcome, heard) == ("unknown_sender", ASKED)


@pytest.mark.parametrize("name", ["enter_agent", "unsubscribe", "view", "an_event_of_next_year"])
def test_who_asks_nothing_and_is_not_in_the_list_is_left_alone(
    client: FlaskClient, muster: Muster, name: str
) -> None:
    _, heard = taken(client, muster, WECOM, event(name, key("key")))

    assert heard is KEPT


def test_the_result_of_a_batch_job_is_kept(client: FlaskClient, muster: Muster) -> None:
    row, heard = taken(client, muster, WECOM, event("batch_job_result", BATCH, sender="sys"))

    assert (row.sender, row.event, heard) == ("sys", "batch_job_result", KEPT)


@pytest.mark.parametrize(("change", "inner"), CHANGES, ids=[case[0] for case in CHANGES])
def test_every_change_of_the_directory_is_kept(
    client: FlaskClient, muster: Muster, change: str, inner: str
) -> None:
    chosen = f"<ChangeType><![CDATA[{change}]]></ChangeType>{inner}"

    row, heard = taken(client, muster, CONTACTS, event("change_contact", chosen, sender="sys"))

    assert (row.event, row.fields["ChangeType"], heard) == ("change_contact", change, KEPT)
    assert rows(muster, OutboundMessage) == []


@pytest.mark.parametrize(
    ("type_", "inner", "kind"),
    [*MESSAGES, ("shortvideo", "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>", Kind.VIDEO)],
    ids=[*(case[0] for case in MESSAGES), "shortvideo"],
)
@pytest.mark.parametrize("name", ["MsgId", "MsgID"])
def test_every_message_of_a_follower_is_answered(
    client: FlaskClient, muster: Muster, type_: str, inner: str, kind: Kind, name: str
) -> None:
    inner += ID.replace("MsgId", name)

    row, heard = taken(client, muster, OFFICIAL, document(type_, inner, sender="oLihua", to="gh_demo"))

    assert (row.kind, row.sender, heard) == (kind, "oLihua", ASKED)


@pytest.mark.parametrize(
    ("name", "inner", "asked"),
    OFFICIAL_EVENTS,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(OFFICIAL_EVENTS)],
)
def test_every_event_of_a_follower_is_taken(
    client: FlaskClient, muster: Muster, name: str, inner: str, asked: bool
) -> None:
    row, heard = taken(client, muster, OFFICIAL, event(name, inner, sender="oLihua", to="gh_demo"))

    assert (row.kind, row.event, heard) == (Kind.EVENT, name.lower(), asked)


def test_the_receipts_of_two_pushes_in_one_second_are_two(client: FlaskClient, muster: Muster) -> None:
    for number in (1, 2):
        xml = event(
            "TEMPLATESENDJOBFINISH", f"<MsgID>{number}</MsgID><Status>success</Status>", sender="oLihua"
        )
        address, body = OFFICIAL.callback(xml)
        assert client.post(address, data=body).status_code == 200

    assert {row.fields["MsgID"] for row in rows(muster, InboundMessage)} == {"1", "2"}


def test_an_event_that_carries_a_message_id_is_not_taken_for_that_message() -> None:
    text = read("<Content>a</Content><MsgId>7</MsgId>", type_="text")
    finished = read("<Event>TEMPLATESENDJOBFINISH</Event><MsgID>7</MsgID>", type_="EVENT")

    assert text.key != finished.key


@pytest.mark.parametrize(
    ("inner", "type_", "place"),
    [
        pytest.param(MESSAGES[4][1] + ID, "location", Place(30.658601, 104.064855, None, "示例路 8 号")),
        pytest.param(
            "<Event>LOCATION</Event><Latitude>30.5</Latitude><Longitude>-104</Longitude>"
            "<Precision>30.0</Precision>",
            "event",
            Place(30.5, -104.0, 30.0, None),
        ),
        pytest.param(
            f"<Event>location_select</Event>{LOCATION_INFO.format(poi='示例大厦')}",
            "event",
            Place(30.658601, 104.064855, None, "示例大厦"),
        ),
        pytest.param(
            f"<Event>location_select</Event>{LOCATION_INFO.format(poi='')}",
            "event",
            Place(30.658601, 104.064855, None, "成都市锦江区示例路 8 号"),
        ),
        pytest.param("<Event>click</Event><EventKey>k</EventKey>", "event", None),
    ],
    ids=["message", "reported", "chosen with a name", "chosen without", "no place"],
)
def test_a_place_is_read(inner: str, type_: str, place: Place | None) -> None:
    assert read(inner, type_=type_).place == place


def test_both_halves_of_a_menu_location_are_one_act() -> None:
    chosen = read(f"<Event>location_select</Event>{LOCATION_INFO.format(poi='示例大厦')}")
    sent = read(MESSAGES[4][1] + ID, type_="location")

    assert chosen.act == sent.act is not None
    assert chosen.key != sent.key


@pytest.mark.parametrize(
    ("items", "selected"),
    [
        ("", {}),
        ("<SelectedItems></SelectedItems>", {}),
        ("<SelectedItems><SelectedItem></SelectedItem></SelectedItems>", {}),
        (
            "<SelectedItems><SelectedItem><QuestionKey>q1</QuestionKey><OptionIds><OptionId>a</OptionId>"
            "</OptionIds></SelectedItem></SelectedItems>",
            {"q1": ("a",)},
        ),
        (
            "<SelectedItems><SelectedItem><QuestionKey>q1</QuestionKey><OptionIds><OptionId>a</OptionId>"
            "<OptionId>b</OptionId></OptionIds></SelectedItem><SelectedItem><QuestionKey>q2</QuestionKey>"
            "<OptionIds></OptionIds></SelectedItem></SelectedItems>",
            {"q1": ("a", "b"), "q2": ()},
        ),
    ],
    ids=["absent", "empty", "one empty", "one", "several"],
)
def test_the_choices_on_a_card_are_read(items: str, selected: dict[str, tuple[str, ...]]) -> None:
    tap = read(
        "<Event>template_card_event</Event><EventKey>submit</EventKey><TaskId>t</TaskId>"
        f"<CardType>vote_interaction</CardType><ResponseCode>rc</ResponseCode>{items}"
    )

    assert tap.card == CardTap("t", "vote_interaction", "rc", selected)
    assert tap.event_key == "submit"


def test_the_pictures_of_a_menu_are_kept_in_both_shapes() -> None:
    def sums(message: Message) -> list[Any]:
        lists = message.fields["SendPicsInfo"]["PicList"]
        items = [one["item"] for one in (lists if isinstance(lists, list) else [lists])]
        return [sum_ for item in items for sum_ in (item if isinstance(item, list) else [item])]

    one = read(f"<Event>pic_weixin</Event>{key('photo')}{ONE_LIST}")
    two = read(f"<Event>pic_weixin</Event>{key('photo')}{TWO_LISTS}")

    assert sums(one) == sums(two)
    assert len(sums(one)) == 2


@pytest.mark.parametrize(
    ("type_", "inner"),
    [
        pytest.param("text", "<MsgId>1</MsgId>", id="no Content"),
        pytest.param("text", "<Content><b>1</b></Content><MsgId>1</MsgId>", id="Content holds elements"),
        pytest.param("text", "<Content>1</Content><Content>2</Content><MsgId>1</MsgId>", id="two Contents"),
        pytest.param("text", "<Content>1</Content>", id="no MsgId"),
        pytest.param("text", "<Content>1</Content><MsgId>one</MsgId>", id="MsgId in words"),
        pytest.param("text", "<Content>1</Content><MsgId>１</MsgId>", id="MsgId in wide digits"),
        pytest.param("text", "<Content>1</Content><MsgId>1</MsgId><MsgId>2</MsgId>", id="two MsgIds"),
        pytest.param("image", "<PicUrl>u</PicUrl><MsgId>1</MsgId>", id="no MediaId"),
        pytest.param("image", "<MediaId></MediaId><MsgId>1</MsgId>", id="empty MediaId"),
        pytest.param("link", "<Title>t</Title><MsgId>1</MsgId>", id="no Url"),
        pytest.param("location", "<Location_X>1</Location_X><MsgId>1</MsgId>", id="half a location"),
        pytest.param("event", "", id="no Event"),
        pytest.param("event", "<Event><A>1</A></Event>", id="Event holds elements"),
        pytest.param("event", "<Event>click</Event>", id="no EventKey"),
        pytest.param("event", "<Event>template_card_event</Event><EventKey>k</EventKey>", id="no TaskId"),
        pytest.param("event", "<Event>change_contact</Event>", id="no ChangeType"),
        pytest.param("event", "<Event>location_select</Event>", id="no SendLocationInfo"),
        pytest.param(
            "event",
            "<Event>location_select</Event><SendLocationInfo>1</SendLocationInfo>",
            id="SendLocationInfo holds text",
        ),
        pytest.param("", "<Content>1</Content><MsgId>1</MsgId>", id="no MsgType"),
        pytest.param("text", "<FromUserName>b</FromUserName><Content>1</Content>" + ID, id="two senders"),
        pytest.param("text", "<ToUserName>b</ToUserName><Content>1</Content>" + ID, id="two receivers"),
    ],
)
def test_a_message_without_its_elements_is_refused(type_: str, inner: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(inner, type_=type_)

    assert refused.value.status == 400


@pytest.mark.parametrize("x", ["", "north", "nan", "inf", "-1e999", "90.1", "-91", "<x>1</x>"])
def test_a_place_that_is_none_is_refused(x: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(f"<Location_X>{x}</Location_X><Location_Y>104</Location_Y><MsgId>1</MsgId>", type_="location")

    assert refused.value.status == 400


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "now",
        "-1",
        "0",
        "946684799",
        "4102444801",
        "1700000000.5",
        "１７００００００００",
        "001700000000" + "9" * 20,
        "9" * 5000,
    ],
)
def test_a_moment_that_is_none_is_refused(moment: str) -> None:
    xml = event("enter_agent").replace("1772411400", moment)

    with pytest.raises(Rejected) as refused:
        parse(Account.WECOM, read_document(xml.encode()))

    assert refused.value.status == 400


@pytest.mark.parametrize(("letters", "taken_"), [(64, True), (128, True), (129, False)])
def test_a_sender_is_no_longer_than_an_openid_may_be(letters: int, taken_: bool) -> None:
    fields = read_document(event("enter_agent", sender="o" * letters).encode())

    if taken_:
        assert parse(Account.OFFICIAL, fields).sender == "o" * letters
    else:
        with pytest.raises(Rejected):
            parse(Account.OFFICIAL, fields)


def test_the_personal_data_of_a_changed_member_is_not_kept() -> None:
    document = (
        "<xml><ToUserName>ww</ToUserName><FromUserName>sys</FromUserName><CreateTime>1700000000</CreateTime>"
        "<MsgType>event</MsgType><Event>change_contact</Event><ChangeType>create_user</ChangeType>"
        "<UserID>lihua</UserID><Name>李华</Name><Mobile>13800000000</Mobile><Department>1</Department></xml>"
    )

    kept = keepable(parse(Account.CONTACTS, read_document(document.encode())))

    assert (kept["UserID"], kept["Department"]) == ("lihua", "1")
    assert not {"Name", "Mobile"} & set(kept)
