"""`pipc watch` and `pipc trail`: whether all is well, and what became of one file."""

from __future__ import annotations

import logging
import signal
import sys
from typing import Annotated, Any

import typer

from pipc_etl.commands.console import err, out
from pipc_etl.settings import load_settings


def watch(
    once: Annotated[
        bool, typer.Option("--once", help="Look once, tell what changed, and end: for a timer. Exit code 1 on a problem.")
    ] = False,
    interval: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 60.0,
) -> None:
    """Look at every server, the disk and the figures, and tell PIPC_ALERT_TO and PIPC_ALERT_WEBHOOK what goes wrong and when it is over.

    Serves /health, /metrics and /live on PIPC_WATCH_BIND:PIPC_WATCH_PORT until it is stopped. A restart tells nothing twice.
    """
    from pipc_etl.health.alarms import open_alarms
    from pipc_etl.health.notices import Notice
    from pipc_etl.health.watch import Look, Watch
    from pipc_etl.orchestration.probes import examine

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = load_settings()

    states: dict[str, str] = {}

    def say(seen: Look) -> None:
        for check in seen.checks:
            if states.get(check.key, "ok") != check.state:
                err.print(f"{seen.at:%Y-%m-%d %H:%M:%S} UTC  {check.state:8} {check.key}: {check.message}", markup=False)
            states[check.key] = check.state

    def heard(notice: Notice) -> None:
        err.print(f"told: {notice.headline}", markup=False)

    watching = Watch(settings, lambda: examine(settings), interval, told=heard, looked=say)
    if once:
        seen = watching.look()
        out.print(f"{seen.state}: {len(seen.checks)} checks, {len(open_alarms(settings))} open alarms", markup=False)
        raise typer.Exit(1 if seen.state == "problem" else 0)
    server = watching.serve()
    err.print(f"watching; http://{server.server_address[0]!s}:{server.server_address[1]}/health", markup=False)

    def stop(*_: Any) -> None:
        watching.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    watching.run()
    server.shutdown()


def trail(number: Annotated[int, typer.Argument(help="The number of the submission, as letters, boards and logs say it.")]) -> None:
    """What became of one submission: arrival, states, answer, letters, reviews, the build that took it in, the figures made of it."""
    from pipc_etl.health.trail import trail as story

    told = story(load_settings(), number)
    out.print(told.title, markup=False)
    for step in told.steps:
        out.print(f"{step.at.astimezone():%Y-%m-%d %H:%M:%S}  {step.source:12} {step.what}", markup=False)
