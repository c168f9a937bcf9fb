"""Refusals of both platforms: a code, its short text, and the envelope each platform puts around it."""

import secrets
import string
from typing import Any

TEXTS: dict[int, str] = {
    -1: "system busy",
    40001: "invalid credential",
    40002: "invalid grant_type",
    40003: "invalid userid",
    40004: "invalid media type",
    40006: "invalid meida size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40022: "invalid sub button level",
    40023: "invalid sub button size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40031: "some userid in list is invalid",
    40032: "invalid userid list size",
    40033: "invalid request characters, must not contain \\uxxxx",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40056: "invalid agentid",
    40058: "invalid parameter",
    40074: "confidential is not supported for this message type",
    40091: "invalid secret",
    40163: "code been used",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41006: "media_id missing",
    41008: "missing code",
    41010: "url missing",
    41011: "agentid missing",
    41016: "title missing",
    41033: "description missing",
    41102: "menu name missing",
    42001: "access_token expired",
    42003: "code expired",
    42014: "invalid task_id",
    42015: "agent does not match the sender of the message",
    42017: "button key missing",
    42018: "invalid button key",
    42027: "Template_Card.horizontal_content_list.keyname missing",
    42028: "Template_Card url missing",
    42029: "Template_Card mediaid missing",
    42030: "Template_Card appid missing",
    42031: "Template_Card.CardType invalid",
    42033: "Template_Card title missing",
    42035: "Template_Card.horizontal_content_list invalid length",
    42036: "Template_Card.vertical_content_list invalid length",
    42037: "Template_Card.option_list invalid length",
    42038: "Template_Card.button_list.text missing or invalid",
    42039: "Template_Card.button_list.key missing or invalid",
    42040: "Template_Card.option_list.id missing or invalid",
    42041: "Template_Card.option_list.text missing or invalid",
    42042: "Template_Card.jump_list invalid length",
    42043: "Template_Card.question_key missing or invalid",
    42044: "Template_Card.card_image.url missing or invalid",
    42045: "Template_Card.card_action missing or invalid",
    42046: "Template_Card.submit_button.key missing or invalid",
    42047: "Template_Card.select_list invalid length",
    42049: "Template_Card.submit_button.text missing or invalid",
    42050: "Template_Card.horizontal_content_list.userid missing or invalid",
    42051: "Template_Card.action_menu.action_list.key conflict",
    42052: "msgid expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43012: "app must config callback url",
    44001: "empty media data",
    44004: "text message content is empty",
    45001: "media size out of limit",
    45002: "message content size out of limit",
    45008: "news article size out of limit",
    45009: "api freq out of limit",
    45015: "response out of time limit or subscription is canceled",
    45034: "url must have a scheme",
    45047: "out of response count limit",
    46003: "no menu",
    46004: "user no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48002: "api forbidden",
    48009: "contact sync may not call this api from a new ip",
    50001: "redirect_url domain not authorized",
    50002: "outside of the visible range",
    40068: "invalid tagid",
    90204: "invalid miniprogram notice title",
    90206: "invalid miniprogram notice content_item",
    90208: "miniprogram notice does not support @all",
    84025: "invalid state",
    60003: "department not found",
    60011: "no privilege to access/modify contact/party/agent",
    60111: "userid not found",
    60123: "invalid party id",
    60140: "invalid response_code",
    81013: "user & party & tag all invalid",
    82001: "no receiver",
    82002: "too many parties",
    82003: "too many tags",
    82101: "empty target",
    82102: "target is not a receiver of the original message",
    91040: "invalid ticket type",
    301002: "not allow operate another agent with this accesstoken",
    84014: "user_ticket expired",
    84015: "invalid user_ticket",
    301016: "invalid voice format",
    40123: "not an image",
    45080: "command is repeated",
    45072: "invalid command",
    42022: "code has been used",
}


class ApiError(Exception):
    """A refusal with a platform code, and details for the caller."""

    def __init__(self, code: int, detail: str = "") -> None:
        text = TEXTS.get(code, "invalid request")
        self.code = code
        self.text = f"{text}: {detail}" if detail and code not in {47003} else f"{text} {detail}".strip()
        super().__init__(f"{code} {self.text}")


class ControlError(Exception):
    """A control request that cannot be done, with its HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.message = message
        self.status = status
        super().__init__(message)


def wecom_error(error: ApiError, caller: str) -> dict[str, Any]:
    """The JSON body of a WeCom refusal (protocol, general conventions)."""
    hint = "".join(secrets.choice(string.digits[1:]) for _ in range(19))
    more = f"https://open.work.weixin.qq.com/devtool/query?e={error.code}"
    text = f"{error.text}, hint: [{hint}], from ip: {caller}, more info at {more}"
    return {"errcode": error.code, "errmsg": text}


def official_error(error: ApiError, caller: str) -> dict[str, Any]:
    """The JSON body of a service-account refusal (protocol, general conventions)."""
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return {"errcode": error.code, "errmsg": f"{error.text} rid: {rid}"}
