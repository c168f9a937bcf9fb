"""Template cards: what is taken and which code refuses the rest (protocol 3.3)."""

from typing import Any

import pytest

from sandbox import cards
from sandbox.envelope import parse_xml
from sandbox.errors import ApiError

TITLE = {"main_title": {"title": "标题"}}
ACTION = {"card_action": {"type": 1, "url": "https://example.com"}}
OPTIONS = [{"id": "1", "text": "一"}, {"id": "2", "text": "二"}]
SUBMIT = {"submit_button": {"text": "提交", "key": "submit"}}
TEXT: dict[str, Any] = {"card_type": "text_notice", **TITLE, **ACTION}
NEWS: dict[str, Any] = {
    **TEXT,
    "card_type": "news_notice",
    "card_image": {"url": "https://example.com/a.png"},
}
BUTTON: dict[str, Any] = {
    "card_type": "button_interaction",
    "task_id": "t",
    **TITLE,
    "button_list": [{"text": "好", "key": "ok"}],
}
QUESTION = {"question_key": "q", "option_list": OPTIONS}
VOTE: dict[str, Any] = {
    "card_type": "vote_interaction",
    "task_id": "t",
    **TITLE,
    **SUBMIT,
    "checkbox": {"question_key": "q", "option_list": OPTIONS, "mode": 0},
}
MULTIPLE: dict[str, Any] = {
    "card_type": "multiple_interaction",
    "task_id": "t",
    **TITLE,
    **SUBMIT,
    "select_list": [{"question_key": "q", "option_list": OPTIONS, "selected_id": "2"}],
}
MENU = {"action_menu": {"desc": "更多", "action_list": [{"text": "静音", "key": "mute"}]}}


def check(card: Any) -> None:
    cards.validate(card, known_media=lambda media: media == "M", known_user=lambda user: user == "lihua")


@pytest.mark.parametrize(
    "card",
    [
        TEXT,
        {**TEXT, "main_title": {}, "sub_title_text": "副标题"},
        {**TEXT, **MENU, "task_id": "a@b_c-1"},
        {
            **TEXT,
            "horizontal_content_list": [{"keyname": "人", "type": 3, "userid": "lihua", "value": "李华"}],
        },
        {
            **TEXT,
            "horizontal_content_list": [{"keyname": "文件", "type": 2, "media_id": "M", "value": "a.pdf"}],
        },
        {**TEXT, "jump_list": [{"type": 2, "title": "小程序", "appid": "wx"}]},
        NEWS,
        BUTTON,
        {**BUTTON, "button_list": [{"type": 1, "text": "看", "url": "https://example.com"}]},
        {**TEXT, "source": {"desc": "点将", "desc_color": 3}},
        {**BUTTON, **MENU},
        {**BUTTON, "button_selection": {"question_key": "q", "option_list": OPTIONS, "selected_id": "1"}},
        VOTE,
        {**VOTE, "checkbox": {"question_key": "q", "mode": 1, "option_list": OPTIONS * 1}},
        MULTIPLE,
    ],
)
def test_taken(card: dict[str, Any]) -> None:
    check(card)


def without(card: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in card.items() if key != name}


@pytest.mark.parametrize(
    ("code", "card"),
    [
        (40058, "text"),
        (42031, {**TEXT, "card_type": "other"}),
        (42033, without(TEXT, "main_title")),
        (42033, without(VOTE, "main_title")),
        (42045, without(TEXT, "card_action")),
        (42045, {**TEXT, "card_action": {"type": 0}}),
        (42028, {**TEXT, "card_action": {"type": 1}}),
        (42028, {**TEXT, "card_action": {"type": 1, "url": "example.com"}}),
        (42030, {**TEXT, "card_action": {"type": 2}}),
        (42014, {**TEXT, **MENU}),
        (42014, without(BUTTON, "task_id")),
        (42014, {**BUTTON, "task_id": "a b"}),
        (42014, {**BUTTON, "task_id": "x" * 129}),
        (
            42051,
            {**TEXT, "task_id": "t", "action_menu": {"action_list": MENU["action_menu"]["action_list"] * 2}},
        ),  # type: ignore[operator]
        (40058, {**VOTE, **MENU}),
        (42020, {**TEXT, "task_id": "t", "action_menu": {"action_list": [{"key": "mute"}]}}),
        (42017, {**TEXT, "task_id": "t", "action_menu": {"action_list": [{"text": "静音"}]}}),
        (
            42018,
            {**TEXT, "task_id": "t", "action_menu": {"action_list": [{"text": "静", "key": "k" * 1025}]}},
        ),
        (42039, {**BUTTON, **MENU, "button_list": [{"text": "好", "key": "mute"}]}),
        (42039, {**BUTTON, "button_selection": QUESTION, "button_list": [{"text": "好", "key": "q"}]}),
        (42046, {**VOTE, "submit_button": {"text": "提交", "key": "q"}}),
        (40058, {**TEXT, "source": {"desc": "点将", "desc_color": 4}}),
        (40058, {**TEXT, "source": {"desc": "点将", "desc_color": True}}),
        (42045, {**TEXT, "card_action": {"type": True, "url": "https://example.com"}}),
        (40058, {**TEXT, "quote_area": {"type": True, "url": "https://example.com"}}),
        (40058, {**TEXT, "horizontal_content_list": [{"keyname": "k", "type": False}]}),
        (40058, {**BUTTON, "button_list": [{"text": "好", "key": "k", "style": True}]}),
        (40058, {**BUTTON, "button_list": [{"text": "好", "key": "k", "type": False}]}),
        (40058, {**VOTE, "checkbox": {**QUESTION, "mode": True}}),
        (40058, {**NEWS, "card_image": {"url": "https://example.com/a.png", "aspect_ratio": True}}),
        (42027, {**TEXT, "horizontal_content_list": [{"value": "x"}]}),
        (42035, {**TEXT, "horizontal_content_list": [{"keyname": "k"}] * 7}),
        (42028, {**TEXT, "horizontal_content_list": [{"keyname": "k", "type": 1}]}),
        (42029, {**TEXT, "horizontal_content_list": [{"keyname": "k", "type": 2, "media_id": "?"}]}),
        (42050, {**TEXT, "horizontal_content_list": [{"keyname": "k", "type": 3, "userid": "nobody"}]}),
        (42042, {**TEXT, "jump_list": [{"title": "x"}] * 4}),
        (42033, {**TEXT, "jump_list": [{"type": 1, "url": "https://example.com"}]}),
        (42044, without(NEWS, "card_image")),
        (42044, {**NEWS, "card_image": {"url": "nothing"}}),
        (42036, {**NEWS, "vertical_content_list": [{"title": "x"}] * 5}),
        (42038, {**BUTTON, "button_list": [{"key": "ok"}]}),
        (42039, {**BUTTON, "button_list": [{"text": "好"}]}),
        (42039, {**BUTTON, "button_list": [{"text": "好", "key": "k"}] * 2}),
        (40058, {**BUTTON, "button_list": [{"text": "好", "key": str(i)} for i in range(7)]}),
        (42043, {**VOTE, "checkbox": {"option_list": OPTIONS}}),
        (42037, {**VOTE, "checkbox": {"question_key": "q", "option_list": []}}),
        (42040, {**VOTE, "checkbox": {"question_key": "q", "option_list": [{"text": "一"}]}}),
        (42040, {**VOTE, "checkbox": {"question_key": "q", "option_list": [OPTIONS[0], OPTIONS[0]]}}),
        (42041, {**VOTE, "checkbox": {"question_key": "q", "option_list": [{"id": "1"}]}}),
        (42046, {**VOTE, "submit_button": {"text": "提交"}}),
        (42049, {**VOTE, "submit_button": {"key": "k"}}),
        (42047, {**MULTIPLE, "select_list": []}),
        (42047, {**MULTIPLE, "select_list": MULTIPLE["select_list"] * 4}),
        (42043, {**MULTIPLE, "select_list": MULTIPLE["select_list"] * 2}),
        (42037, {**MULTIPLE, "select_list": [{"question_key": "q", "option_list": OPTIONS * 6}]}),
    ],
)
def test_refused(code: int, card: Any) -> None:
    with pytest.raises(ApiError) as refusal:
        check(card)
    assert refusal.value.code == code


def test_passive_card_is_read_from_camel_case() -> None:
    xml = """<xml><TemplateCard><CardType>button_interaction</CardType>
    <Source><DescColor>1</DescColor><Desc>点将</Desc></Source>
    <MainTitle><Title>标题</Title></MainTitle><SubTitleText>副</SubTitleText>
    <HorizontalContentList><KeyName>人</KeyName><Type>3</Type><UserId>lihua</UserId></HorizontalContentList>
    <HorizontalContentList><KeyName>时</KeyName><Value>九点</Value></HorizontalContentList>
    <ButtonSelection><QuestionKey>q</QuestionKey><OptionList><Id>1</Id><Text>一</Text></OptionList>
    <SelectedId>1</SelectedId><Disable>true</Disable></ButtonSelection>
    <ButtonList><Text>好</Text><Style>1</Style><Key>ok</Key></ButtonList><ReplaceText>已提交</ReplaceText></TemplateCard></xml>"""
    element = parse_xml(xml).find("TemplateCard")
    assert element is not None
    card = cards.from_xml(element)
    assert card == {
        "card_type": "button_interaction",
        "source": {"desc_color": 1, "desc": "点将"},
        "main_title": {"title": "标题"},
        "sub_title_text": "副",
        "horizontal_content_list": [
            {"keyname": "人", "type": 3, "userid": "lihua"},
            {"keyname": "时", "value": "九点"},
        ],
        "button_selection": {
            "question_key": "q",
            "option_list": [{"id": "1", "text": "一"}],
            "selected_id": "1",
            "disable": True,
        },
        "button_list": [{"text": "好", "style": 1, "key": "ok"}],
        "replace_text": "已提交",
    }
    check({**card, "task_id": "t"})
