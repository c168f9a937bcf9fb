"""What the platforms' error codes ask of us (protocol 3.15, 4.6, 6)."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.channels.base import ApiError, GatewayError, TokenRefused
from models.messaging import Channel


class Fault(StrEnum):
    """A class of errors, by what helps."""

    REFRESH = "refresh"
    """A fresh token, once; what is still refused then is a matter of the set-up."""
    TRANSIENT = "transient"
    """Waiting a little, a few times."""
    QUOTA = "quota"
    """Leaving this API alone until its window is over."""
    WINDOW = "window"
    """The candidate has to do something first (protocol 4.2)."""
    SETUP = "setup"
    """Somebody in the console or the settings; no retry."""
    RECEIVER = "receiver"
    """Nothing: this person cannot be reached this way."""
    ABUSE = "abuse"
    """Nothing: the platform took it for spam."""
    CONTENT = "content"
    """Nothing: the message itself is wrong."""


_WECOM = {
    Fault.REFRESH: {40014, 42001},
    Fault.TRANSIENT: {-1, 6000, 45033, 301022},
    Fault.QUOTA: {45009},
    Fault.SETUP: {
        *(40001, 40013, 40056, 40091, 41001, 41002, 41004, 43012, 48001, 48002, 48006, 50001, 50003),
        *(60020, 60031, 301002, 301007),
    },
    Fault.RECEIVER: {40003, 40031, 50002, 60011, 60111, 81013, 92000},
    Fault.ABUSE: {40201, 40204},
}
_OFFICIAL = {
    Fault.REFRESH: {40001, 40014, 42001},
    Fault.TRANSIENT: {-1},
    Fault.QUOTA: {45009, 45011},
    Fault.WINDOW: {45015, 45047},
    Fault.SETUP: {
        *(40013, 40037, 40125, 40164, 40252, 41001, 41002, 41004, 48001, 48004, 89501, 89503),
    },
    Fault.RECEIVER: {
        *(40003, 43004, 43019, 43101, 43107, 43108, 43117, 46004, 48002, 50002, 50005),
    },
    Fault.ABUSE: {40249, 40251, 43116},
}
NOT_CONFIGURED = "NotConfigured"
NO_ADDRESS = "NoAddress"
"""Words of our own: the settings have no such channel; nobody knows the person's number or mail address."""

_WORDS = {
    Fault.TRANSIENT: (
        *("RequestLimitExceeded", "LimitExceeded.GlobalSmsSendingRateLimit"),
        *("LimitExceeded.DeliveryFrequencyLimit", "LimitExceeded.PhoneNumberThirtySecondLimit"),
        *("LimitExceeded.PhoneNumberOneHourLimit", "isv.BUSINESS_LIMIT_CONTROL", "SignatureNonceUsed"),
        *("Throttling", "smtp.4"),
    ),
    Fault.QUOTA: (
        *("LimitExceeded.AppDailyLimit", "LimitExceeded.AppMainlandChinaDailyLimit"),
        *("LimitExceeded.DailyLimit", "LimitExceeded.AppCountryOrRegionDailyLimit", "isv.DAY_LIMIT_CONTROL"),
    ),
    Fault.SETUP: (
        *("AuthFailure", "UnauthorizedOperation", "InternalError.RequestTimeException"),
        *("InternalError.SigVerificationFail", "InvalidParameterValue.SdkAppIdNotExist", "NoSuchVersion"),
        *("FailedOperation.InsufficientBalanceInSmsPackage", "isv.AMOUNT_NOT_ENOUGH"),
        "FailedOperation.SignatureIncorrectOrUnapproved",
        *("FailedOperation.TemplateIncorrectOrUnapproved", "FailedOperation.TemplateUnapprovedOrNotExist"),
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        *("isv.OUT_OF_SERVICE", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL"),
        *("isv.TEMPLATE_MISSING_PARAMETERS", "isv.ACCOUNT", "isp.RAM_PERMISSION_DENY", "Forbidden"),
        *("InvalidAccessKeyId", "SignatureDoesNotMatch", "IncompleteSignature", "InvalidTimeStamp"),
        *("smtp.setup",),
    ),
    Fault.RECEIVER: (
        *("InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberInBlacklist"),
        *("FailedOperation.PhoneNumberParseFail", "LimitExceeded.PhoneNumberDailyLimit"),
        *("LimitExceeded.PhoneNumberSameContentDailyLimit", "isv.MOBILE_NUMBER_ILLEGAL"),
        *("isv.BLACK_KEY_CONTROL_LIMIT", "isv.BUSINESS_LIMIT_CONTROL.DAY", "smtp.receiver"),
        *(NOT_CONFIGURED, NO_ADDRESS),
    ),
    Fault.ABUSE: ("FailedOperation.ContainSensitiveWord", "isv.SMS_CONTENT_ILLEGAL"),
}
"""The words of the gateways by how they begin; of several that fit the longest counts."""
_BY_WORD = {word: fault for fault, words in _WORDS.items() for word in words}


def fault_of_word(word: str) -> Fault:
    """What a gateway's word asks for; words not listed are about the content."""
    fitting = [known for known in _BY_WORD if word.startswith(known)]
    return _BY_WORD[max(fitting, key=len)] if fitting else Fault.CONTENT


_FAULTS = {
    channel: {code: fault for fault, codes in table.items() for code in codes}
    for channel, table in ((Channel.WECOM, _WECOM), (Channel.OFFICIAL, _OFFICIAL))
}


def fault_of(channel: str, code: int) -> Fault:
    """What an error code of this channel asks for; codes not listed are about the content."""
    return _FAULTS.get(Channel(channel), {}).get(code, Fault.CONTENT)


_OF_TOKEN_CALL = {Fault.TRANSIENT, Fault.QUOTA}
"""What may be wrong with a token call apart from the set-up."""


def fault_in(channel: str, error: ApiError) -> Fault:
    """What a refusal asks for. Who is refused a token cannot be cured by a token (protocol 3.1, 4.6)."""
    if isinstance(error, GatewayError):
        return fault_of_word(error.word)
    fault = fault_of(channel, error.code)
    return Fault.SETUP if isinstance(error, TokenRefused) and fault not in _OF_TOKEN_CALL else fault


def codes_of(channel: Channel, fault: Fault) -> frozenset[int]:
    """The codes of this class."""
    return frozenset(code for code, known in _FAULTS[channel].items() if known is fault)


_DAY = ("daily", "per day", "quota limit")
_HOUR = ("hour",)
_MONTH = ("month",)


def quota_ends(message: str, now: datetime) -> datetime:
    """When an API that is over its quota may be called again: the block lasts as long as the window.

    The platform names the window in words, if at all; without a word it is the minute (protocol 3.14).
    """
    told = message.lower()
    if any(word in told for word in _MONTH):
        return now + timedelta(days=30)
    if any(word in told for word in _DAY):
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1, seconds=5)
    return now + (timedelta(hours=1) if any(word in told for word in _HOUR) else timedelta(minutes=1))
