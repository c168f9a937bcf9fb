"""`muster second-factor`: giving somebody an authenticator, and taking it away, at the server itself."""

import io
from collections.abc import Callable

import segno

from bot.app import keyring, make_clock
from bot.database import Database
from config.settings import Settings, SettingsError
from models import proposals, staff


def enrol(settings: Settings, account: str, say: Callable[[str], object]) -> str:
    """Register an authenticator and show its QR code, this once.

    Raises:
        SettingsError: nobody has this account, or there is an authenticator already.
    """
    database = Database(settings.database, keyring(settings))
    now = make_clock(settings, database).now()
    with database.writing() as session:
        person = staff.find_employee(session, account, at=now)
        if person is None:
            raise SettingsError(f"名单里没有账号「{account}」，请写企业微信账号。")
        try:
            secret = proposals.register_second_factor(session, person=person, at=now)
        except proposals.SecondFactorKnown:
            raise SettingsError(
                f"{person.name}已经登记过。手机换了的话，先运行 muster second-factor {account} --remove。"
            ) from None
        address = proposals.otpauth_address(secret, person.wecom_id)
        say("请本人用手机上的身份验证器扫码；下面的内容只显示这一次，不要截图转发。")
        say(qr(address))
        say(address)
        done = f"已给{person.name}登记。确认敏感操作时回复「确认 六位数字」。"
    database.close()
    return done


def take_away(settings: Settings, account: str) -> str:
    """Remove somebody's authenticator.

    Raises:
        SettingsError: nobody has this account.
    """
    database = Database(settings.database, keyring(settings))
    now = make_clock(settings, database).now()
    with database.writing() as session:
        person = staff.find_known(session, account)
        if person is None:
            raise SettingsError(f"名单里没有账号「{account}」，请写企业微信账号。")
        there = proposals.remove_second_factor(session, person=person, at=now)
        done = f"已去掉{person.name}的身份验证器。" if there else f"{person.name}没有登记过，不用去掉。"
    database.close()
    return done


def qr(address: str) -> str:
    """The QR code in characters of a terminal."""
    drawn = io.StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True, border=2)
    return drawn.getvalue()
