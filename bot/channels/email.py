"""E-mail over SMTP, step by step, so that each failure tells whether the letter left."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from bot.channels.base import GatewayError, NotSent, Parcel, Receipt, Unreachable
from bot.channels.errors import NO_ADDRESS
from bot.channels.people import Letter, People
from config.settings import Settings

TIMEOUT_SECONDS = 8.0


class EmailMessenger:
    """Sends outbox rows as letters, one connection each: they are few."""

    def __init__(self, settings: Settings, people: People) -> None:
        self._server = MailServer(settings.smtp_url.get_secret_value())
        self._people = people

    def send(self, parcel: Parcel) -> Receipt:
        """Send a letter to the address that the person has now."""
        letter = self._people.letter(parcel.recipient, parcel.payload)
        if letter is None:
            raise GatewayError(NO_ADDRESS)
        name = f"<{parcel.key}@{self._server.sender.rpartition('@')[2]}>"
        self._server.send(letter, name)
        return Receipt(name)


class MailServer:
    """The server of `SMTP_URL`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "smtps"
        self.host = parts.hostname or ""
        self._port = parts.port or (465 if self._secure else 587)
        self._local = self.host in ("127.0.0.1", "::1", "localhost")
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self.sender = parse_qs(parts.query).get("from", [self._user])[0]

    def look(self) -> None:
        """Log in and leave.

        Raises:
            GatewayError: it does not let us in. NotSent: it does not answer.
        """
        self._close(self._open())

    def send(self, letter: Letter, name: str) -> None:
        """Hand a letter over.

        Raises:
            GatewayError: it was refused. NotSent: it did not leave. Unreachable: perhaps it did.
        """
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.address, letter.subject
        message["Message-ID"], message["Date"] = name, formatdate()
        message.set_content(letter.text)
        content = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
        server = self._open()
        try:
            try:
                _expect(server.mail(self.sender), "smtp.setup")
                _expect(server.rcpt(letter.address), "smtp.receiver")
            except (smtplib.SMTPException, OSError) as error:
                raise NotSent(type(error).__name__) from None
            try:
                _expect(server.data(content), "smtp.content")
            except smtplib.SMTPDataError as error:  # refused before the letter was read
                _expect((error.smtp_code, error.smtp_error), "smtp.content")
            except (smtplib.SMTPException, OSError) as error:
                raise Unreachable(type(error).__name__) from None
        finally:
            self._close(server)

    def _open(self) -> smtplib.SMTP:
        try:
            context = ssl.create_default_context()
            if self._secure:
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self.host, self._port, timeout=TIMEOUT_SECONDS, context=context
                )
            else:
                server = smtplib.SMTP(self.host, self._port, timeout=TIMEOUT_SECONDS)
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=context)
                elif self._password and not self._local:
                    raise GatewayError("smtp.setup.no_tls")
            if self._user and self._password:
                server.login(self._user, self._password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            raise GatewayError(f"smtp.setup.{getattr(error, 'smtp_code', type(error).__name__)}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from None
        return server

    @staticmethod
    def _close(server: smtplib.SMTP) -> None:
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


def _expect(answer: tuple[int, bytes | str], word: str) -> None:
    """Refuse unless the server said yes: 4xx may be otherwise later, 5xx stays."""
    code, _ = answer  # the words name the receiver, and are not kept
    if 400 <= code < 500:
        raise GatewayError(f"smtp.{code}")
    if code >= 500:
        raise GatewayError(f"{word}.{code}")
