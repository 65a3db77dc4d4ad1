"""Mail by Airflow's SMTP provider: its connection, our messages."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from pipc_etl.answers.letters import LetterRefusedError, MailDownError

if TYPE_CHECKING:
    from airflow.providers.smtp.hooks.smtp import SmtpHook

_PERMANENT = 500
# Said of the announced size, before any address: this letter is too large, the others are not.
_TOO_LARGE = 552


class SmtpDelivery:
    """Delivers messages over one connection of `smtp_default`, opened for the first of them and closed at the end of the context."""

    def __init__(self) -> None:
        self._hook: SmtpHook | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def __call__(self, message: EmailMessage) -> Mapping[str, str]:
        """Send `message`; why the server refused some of its addresses. Raises MailDownError or LetterRefusedError."""
        client = self._client()
        try:
            refused = client.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            reasons = {address: _said(code, reason) for address, (code, reason) in error.recipients.items()}
            permanent = all(code >= _PERMANENT for code, _ in error.recipients.values())
            raise LetterRefusedError(_listed(reasons), is_permanent=permanent) from error
        except smtplib.SMTPDataError as error:
            raise LetterRefusedError(_said(error.smtp_code, error.smtp_error), is_permanent=error.smtp_code >= _PERMANENT) from error
        except smtplib.SMTPNotSupportedError as error:
            raise LetterRefusedError(str(error), is_permanent=True) from error
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == _TOO_LARGE:
                raise LetterRefusedError(_plain(error), is_permanent=True) from error
            raise self._down(error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._down(error) from error
        return {address: _said(code, reason) for address, (code, reason) in refused.items()}

    def _client(self) -> smtplib.SMTP:
        if self._hook is None:
            from airflow.providers.smtp.hooks.smtp import SmtpHook
            from airflow.sdk.exceptions import AirflowException

            try:
                self._hook = SmtpHook().get_conn()
            except (smtplib.SMTPException, OSError, AirflowException) as error:
                raise MailDownError(f"the mail server of PIPC_SMTP_URL does not answer or lets nobody in: {_plain(error)}") from error
        # The hook's own method builds the message itself, without a text part, and sends again whatever failed half way.
        return cast(smtplib.SMTP, self._hook._smtp_client)

    def _down(self, error: Exception) -> MailDownError:
        self._close()
        return MailDownError(f"the mail server of PIPC_SMTP_URL stopped taking letters: {_plain(error)}")

    def _close(self) -> None:
        if self._hook is not None:
            cast(smtplib.SMTP, self._hook._smtp_client).close()
            self._hook = None


def _said(code: int, reason: bytes | str) -> str:
    return f"{code} {reason.decode(errors='replace') if isinstance(reason, bytes) else reason}"


def _listed(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{address}: {why}" for address, why in reasons.items())


def _plain(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__
