"""Tasks that answer whoever sent something: the outbox first, then the mail."""

from __future__ import annotations

import logging

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException

logger = logging.getLogger(__name__)


@task(trigger_rule="all_done")
def answer_senders() -> list[str]:
    """Writes what has no answer yet into the outbox and queues its letters; returns the failures that are ours to mend.

    First who is on the erasure list leaves the files that came: an answer repeats what they say.
    """
    from pipc_etl.answers.answering import answer_pending
    from pipc_etl.privacy.keeping_out import keep_out
    from pipc_etl.settings import load_settings

    settings = load_settings()
    keep_out(settings, lambda text: logger.info("%s", text))
    answered = answer_pending(settings, lambda text: logger.info("%s", text))
    logger.info("%d answers written, %d failed", answered.answered, len(answered.failures))
    return [f"answer: {failure}" for failure in answered.failures]


@task(trigger_rule="none_failed")
def send_letters() -> str:
    """Mails the letters that wait; fails, after the others were sent, where one did not go: it waits for the next run.

    Not tried again at once: three refusals, and a letter counts as failed while somebody is still mending the mail server.
    A DAG whose last task it is goes red with what failed before it; one that tells failures elsewhere overrides the rule.
    """
    from pipc_etl.answers.letters import send, waiting_letters
    from pipc_etl.orchestration.mail import SmtpDelivery
    from pipc_etl.settings import load_settings

    settings = load_settings()
    if settings.smtp_url is None:
        said = f"mail is off (PIPC_SMTP_URL is not set): {waiting_letters(settings)} letters wait in the outbox {settings.outbox}"
        logger.info("%s", said)
        return said
    with SmtpDelivery() as deliver:
        sending = send(settings, deliver, lambda text: logger.info("%s", text))
    if sending.problems:
        listed = "\n".join(sending.problems)
        raise AirflowFailException(f"{len(sending.problems)} letters did not go, {sending.waiting} wait for the next run:\n{listed}")
    said = f"{sending.sent} letters sent, {sending.without_address} without an address in the registry"
    logger.info("%s", said)
    return said
