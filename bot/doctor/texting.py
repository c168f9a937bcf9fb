"""Checks of what candidates are told by: texts, e-mail and the interview's address; nothing is sent."""

from bot.channels.base import GatewayError, Unreachable
from bot.channels.email import MailServer
from bot.channels.sms import gateway_of
from bot.doctor.base import Checkup, Finding, failed, not_applicable, ok
from bot.policy import in_sandbox

WRONG_KEY = ("AuthFailure", "InvalidAccessKeyId", "SignatureDoesNotMatch", "IncompleteSignature")
WRONG_CLOCK = ("InternalError.RequestTimeException", "InvalidTimeStamp")
NOT_ALLOWED = ("UnauthorizedOperation", "isp.RAM_PERMISSION_DENY", "Forbidden")


def check_sms(checkup: Checkup) -> Finding:
    """The vendor takes our keys; whether signature and template are approved shows with the first text."""
    settings = checkup.settings
    gateway = gateway_of(settings)
    if gateway is None:
        return not_applicable("doctor/sms_none")
    try:
        gateway.look()
    except GatewayError as error:
        return failed(_block(error.word), provider=settings.sms_provider, code=error.word)
    except Unreachable as error:
        return failed("doctor/sms_unreachable", provider=settings.sms_provider, code=str(error))
    return ok("doctor/sms_right", provider=settings.sms_provider)


def _block(word: str) -> str:
    if word.startswith(WRONG_KEY):
        return "doctor/sms_key"
    if word.startswith(WRONG_CLOCK):
        return "doctor/sms_clock"
    return "doctor/sms_not_allowed" if word.startswith(NOT_ALLOWED) else "doctor/sms_refused"


def check_email(checkup: Checkup) -> Finding:
    """The mail server lets us in."""
    url = checkup.settings.smtp_url.get_secret_value()
    if not url:
        return not_applicable("doctor/email_none")
    server = MailServer(url)
    try:
        server.look()
    except GatewayError as error:
        block = "doctor/email_no_tls" if error.word.endswith("no_tls") else "doctor/email_refused"
        return failed(block, host=server.host, code=error.word.removeprefix("smtp.setup."))
    except Unreachable as error:
        return failed("doctor/email_unreachable", host=server.host, code=str(error))
    return ok("doctor/email_right", host=server.host, sender=server.sender)


def check_interview(checkup: Checkup) -> Finding:
    """Candidates are told where they enter the interview system."""
    assert checkup.policy is not None, "the registry makes the check with a policy"
    policy = in_sandbox(checkup.policy) if checkup.settings.sandbox else checkup.policy
    address = policy.recruiting.interview_address
    if not address:
        return not_applicable("doctor/interview_none")
    if not address.startswith(("https://", "http://")):
        return failed("doctor/interview_wrong", address=address)
    return ok("doctor/interview_right", address=address.replace("{number}", "A1"), own="{number}" in address)
