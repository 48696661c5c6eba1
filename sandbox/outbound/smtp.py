"""The adapter of the mail port: one attempt a letter, to the server that configuration names."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sandbox.kernel.ports import MailReply

if TYPE_CHECKING:
    from smtplib import SMTP

TIMEOUT = 10.0
PORTS = {"smtp": 25, "smtps": 465}


class SmtpRelay:
    """`smtp://[user:password@]host[:port]`, or `smtps://` where TLS comes first.

    Over smtp:// TLS is used where the server offers it; without it a password goes to this machine only."""

    def __init__(self, url: str, sender: str = "") -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._is_tls = parts.scheme == "smtps"
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self.sender = sender

    async def send(self, recipient: str, message: bytes) -> MailReply:
        """On a thread: the library blocks."""
        return await asyncio.to_thread(self._attempt, recipient, message)

    def _attempt(self, recipient: str, message: bytes) -> MailReply:
        from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

        try:
            server = self._connected()
            try:
                options = () if recipient.isascii() else ("SMTPUTF8",)
                server.sendmail(self._envelope_sender(), [recipient], message, options)
            finally:
                _part(server)
        except SMTPRecipientsRefused as refused:
            return _refused(*refused.recipients[recipient])
        except SMTPResponseException as refused:
            return _refused(refused.smtp_code, refused.smtp_error)
        except (SMTPException, OSError) as reason:
            return MailReply(False, f"{type(reason).__name__}: {reason}"[:300])
        return MailReply(True, f"accepted by {self._host}")

    def _connected(self) -> SMTP:
        """After TLS and login."""
        import smtplib
        import ssl

        if self._is_tls:
            server: SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif self._user and self._host not in ("localhost", "127.0.0.1", "::1"):
                server.close()
                raise smtplib.SMTPNotSupportedError("the server offers no TLS, and a password needs it")
        if self._user:
            server.login(self._user, self._password)
        return server

    def _envelope_sender(self) -> str:
        from email.utils import parseaddr

        return parseaddr(self.sender)[1] or "no-reply@sandbox.example"


def _part(server: SMTP) -> None:
    """However the conversation ends, what was accepted is accepted."""
    from smtplib import SMTPException

    with suppress(SMTPException, OSError):
        server.quit()


def _refused(code: int, said: bytes | str) -> MailReply:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return MailReply(False, f"{code} {text}"[:300], is_final=500 <= code < 600)
