"""How alarms leave the house: by mail and to a web address; each way on its own, so that one that is broken does not stop the other."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal
from urllib.parse import unquote, urlsplit

import httpx

from pipc_etl.errors import SettingsError
from pipc_etl.health.notices import Notice
from pipc_etl.settings import Settings

MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
# A message waits so long for its way out.
SECONDS = 20

# Sends one message; for every way that is set, None or why it did not go. Empty: nobody is to be told.
Deliver = Callable[[Notice], Mapping[str, str | None]]


@dataclass(frozen=True)
class MailServer:
    """PIPC_SMTP_URL, read: where mail goes and with which login; `security` is none, starttls or tls."""

    host: str
    port: int
    login: str
    password: str
    security: Literal["none", "starttls", "tls"]


def mail_server(settings: Settings) -> MailServer | None:
    """The server of PIPC_SMTP_URL, with the secret `smtp_password` where the address has none; None where mail is off.

    Raises SettingsError where the address cannot be read.
    """
    if settings.smtp_url is None:
        return None
    parts = urlsplit(settings.smtp_url)
    if parts.scheme not in MAIL_PORTS or not parts.hostname:
        raise SettingsError("PIPC_SMTP_URL is not an address like smtp://user:password@host:25 (or smtp+starttls://, smtps://)")
    login = unquote(parts.username or "")
    password = unquote(parts.password or "") or (settings.known_secret("smtp_password") if login else None) or ""
    security: Literal["none", "starttls", "tls"] = (
        "tls" if parts.scheme == "smtps" else "starttls" if parts.scheme == "smtp+starttls" else "none"
    )
    return MailServer(parts.hostname, parts.port or MAIL_PORTS[parts.scheme], login, password, security)


def webhook(settings: Settings) -> str | None:
    """PIPC_ALERT_WEBHOOK or the secret `alert_webhook`: whoever knows the address of a chat's hook may write there."""
    return settings.alert_webhook or settings.known_secret("alert_webhook")


def ways(settings: Settings) -> tuple[str, ...]:
    """By which ways alarms go out; empty where nobody is to be told."""
    return (*(["mail"] if settings.alert_to else []), *(["webhook"] if webhook(settings) else []))


def deliver(settings: Settings, notice: Notice) -> dict[str, str | None]:
    """Send `notice` by every way that is set; for each, None or why it did not go, without addresses."""
    senders = {"mail": _mail, "webhook": _post}
    return {way: senders[way](settings, notice) for way in ways(settings)}


def _mail(settings: Settings, notice: Notice) -> str | None:
    try:
        server = mail_server(settings)
        if server is None:
            return "PIPC_ALERT_TO is set and PIPC_SMTP_URL is not"
        with _connected(server) as client:
            refused = client.send_message(_message(settings, notice), to_addrs=list(settings.alert_to))
    except smtplib.SMTPRecipientsRefused as error:
        return f"the mail server refused every address: {sorted({str(code) for code, _ in error.recipients.values()})}"
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"the mail server said {error.smtp_code} {said}"
    except (smtplib.SMTPException, OSError) as error:
        return f"the mail server of PIPC_SMTP_URL does not take mail: {str(error) or type(error).__name__}"
    except SettingsError as error:
        return str(error)
    return f"the mail server refused {len(refused)} of {len(settings.alert_to)} addresses" if refused else None


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=ssl.create_default_context())
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        if server.security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if server.login:
            client.login(server.login, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _message(settings: Settings, notice: Notice) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.alert_to)
    message["Subject"] = f"[Bodega de participación] {notice.headline}"
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain="pipc.local")
    # Holiday answers to an alarm would come back to nobody.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Pipc-Alarm"] = notice.name
    message.set_content(notice.text + "\n")
    return message


def _post(settings: Settings, notice: Notice) -> str | None:
    address = webhook(settings) or ""
    try:
        answer = httpx.post(address, json=notice.fields(), timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The address may hold a token: only its host is told.
        return f"the web address at {urlsplit(address).hostname or '(unreadable)'} does not answer: {type(error).__name__}"
    return f"the web address at {urlsplit(address).hostname} answered {answer.status_code}" if answer.is_error else None
