"""How fast the dashboards are with 1,000,000 attendances behind the marts: chart data over HTTP, and a page in a fresh browser.

    python benchmarks/dashboards.py [--attendances 1000000] [--rounds 3] [--home DIR]

An installation of its own: PostgreSQL with the samples and the rows of `board_load`, built by dbt, and Superset with the project's
dashboards and one more, of a single chart, that the others are compared with. Charts are asked one after the other by `ejecutivo`,
computed anew and from the cache; pages are opened by turns, each in a new browser with an empty profile, until the last chart of the
first tab is drawn.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from board_load.asking import CACHED, UNCACHED, USER, ask_all, p50_p95
from board_load.rows import Load, add_rows
from stage import installation, prepare_warehouse

from pipc_etl.dashboards import server
from pipc_etl.dashboards.environment import process_variables, superset_address, superset_python, user_password
from pipc_etl.dashboards.push import Prepared, check, push, warm
from pipc_etl.demo.sender import send
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import BuildResult, build
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import ingest_paths

TARGETS_MS = {UNCACHED: 250.0, CACHED: 80.0}
PAGE_SECONDS, PAGE_RATIO = 3.5, 1.3
EMPTY = "vacio"
_CHART = """
uuid: 3f0c2f4e-0b57-4e0c-9c39-6f1f1c8e7a01
title: Filas
viz_type: big_number_total
dataset: rpt_board_measure
how_to_read: Un número, lo menos que muestra un tablero.
params: {metric: numerator}
"""
_DASHBOARD = f"""
uuid: 7d1a4a0e-93b8-4f5e-8a44-2b7d7c5f9e02
title: Vacío
slug: {EMPTY}
description: Con qué se comparan los demás.
roles: [Ejecutivo]
filters: []
tabs:
- title: Uno
  rows: [[{{chart: {EMPTY}, width: 4, height: 20}}]]
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attendances", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="how often each chart is asked anew, and from the cache")
    parser.add_argument("--pages", type=int, default=5, help="how often each page is opened")
    parser.add_argument("--home", type=Path, help="keep the installation here, to measure it again without loading")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    with installation(arguments.home) as home_settings:
        settings = replace(home_settings, superset=_with_empty_dashboard(home_settings))
        try:
            share = arguments.attendances / 1_000_000
            load = Load(arguments.attendances, max(100, int(6_000 * share)), int(200_000 * share))
            if not (settings.home / "loaded").exists():
                _load(settings, load)
                (settings.home / "loaded").touch()
            _print_build(build(settings))
            return _measure(settings, arguments.rounds, arguments.pages)
        finally:
            server.stop(settings)


def _with_empty_dashboard(settings: Settings) -> Path:
    """A copy of the project's folder `superset`, in the installation, with one dashboard more."""
    folder = settings.home / "superset-tree"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(settings.superset, folder, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    (folder / ".venv").symlink_to(settings.superset / ".venv")
    (folder / "assets" / "charts" / f"{EMPTY}.yaml").write_text(_CHART.lstrip(), encoding="utf-8")
    (folder / "assets" / "dashboards" / f"{EMPTY}.yaml").write_text(_DASHBOARD.lstrip(), encoding="utf-8")
    return folder


def _load(settings: Settings, load: Load) -> None:
    started = time.monotonic()
    prepare_warehouse(settings)
    failed = [outcome for outcome in ingest_paths(send(settings), settings) if outcome.error]
    assert not failed, failed
    engine = superuser_engine(settings)
    add_rows(engine, load)
    engine.dispose()
    print(
        f"the samples, {load.attendances:,} attendances and {load.evaluations:,} evaluations of {load.sessions:,} sessions: "
        f"{time.monotonic() - started:.1f} s"
    )


def _print_build(result: BuildResult) -> None:
    if not result.built:
        print("dbt build: nothing new")
        return
    models = [(node.unique_id.removeprefix("model.pipc."), node.seconds) for node in result.nodes if node.unique_id.startswith("model.")]
    boards = [each for each in models if each[0].startswith("rpt_board_")]
    print(f"dbt build: {result.seconds:.1f} s; models {result.model_seconds:.1f} s, those of boards {sum(s for _, s in boards):.1f} s")
    for title, found in (("slowest models", models), ("slowest of boards", boards)):
        print(f"    {title}: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in sorted(found, key=lambda each: -each[1])[:6]))


def _measure(settings: Settings, rounds: int, pages: int) -> int:
    prepared = _start(settings)
    is_met = _measure_charts(settings, prepared, rounds)
    is_met = _measure_pages(settings, prepared, pages) and is_met
    _print_memory(settings)
    print("all targets met" if is_met else "a target was missed")
    return 0 if is_met else 1


def _start(settings: Settings) -> Prepared:
    """Superset started twice, as at the first time and later, and the dashboards pushed, with their times."""
    first = _timed(lambda: server.start(settings))
    server.stop(settings)
    again = _timed(lambda: server.start(settings))
    print(f"Superset starts in {first:.1f} s the first time, in {again:.1f} s later")
    pushing = _timed(lambda: print(push(settings)))
    warming = _timed(lambda: print(warm(settings)))
    print(f"push with warming: {pushing:.1f} s; warming again, all of it known: {warming:.1f} s")
    return check(settings)


def _timed(work: Any) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _measure_charts(settings: Settings, prepared: Prepared, rounds: int) -> bool:
    found = ask_all(settings, prepared, rounds)
    is_met = True
    for kind, target in TARGETS_MS.items():
        answers = found[kind]
        print(f"chart data {kind}, milliseconds over HTTP (target p95 < {target:.0f})")
        for dashboard in answers.milliseconds:
            p50, p95 = p50_p95(answers.of(dashboard))
            is_met = is_met and p95 < target
            print(f"    {dashboard:14}{len(answers.milliseconds[dashboard]):>4} charts   p50 {p50:6.1f}   p95 {p95:6.1f}")
        p50, p95 = p50_p95(answers.all())
        print(f"    {'all':14}{sum(map(len, answers.milliseconds.values())):>4} charts   p50 {p50:6.1f}   p95 {p95:6.1f}")
        print("    slowest: " + ", ".join(f"{name} {milliseconds:.0f}" for name, milliseconds in answers.slowest(6)))
    return is_met


def _measure_pages(settings: Settings, prepared: Prepared, rounds: int) -> bool:
    """Each dashboard and the empty one by turns, from a warm cache."""
    warm(settings)
    dashboards = prepared.assets.dashboards
    request = {
        "address": superset_address(settings),
        "chromium": settings.chromium,
        "user": USER,
        "password": user_password(settings, USER),
        "rounds": rounds,
        "pages": {slug: len(dashboards[slug].tabs[0].charts()) for slug in [EMPTY, *(slug for slug in dashboards if slug != EMPTY)]},
    }
    done = subprocess.run(
        [str(superset_python(settings)), str(Path(__file__).parent / "board_load" / "browser.py")],
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        text=True,
        env=process_variables(settings),
        check=True,
    )
    seen = json.loads(done.stdout)
    empty = median(seen["drawn"][EMPTY])
    print(f"first tab in a fresh browser, cache warm, median of {rounds} (targets < {PAGE_SECONDS} s, <= {PAGE_RATIO} x the empty page)")
    is_met = True
    for slug, times in seen["drawn"].items():
        seconds, ratio = median(times) / 1000, median(times) / empty
        requests, size = seen["fetched"][slug]
        spread = f"{min(times) / 1000:.2f}-{max(times) / 1000:.2f}"
        fetched = f"{request['pages'][slug]} charts, {requests} requests, {size / 1e6:.1f} MB"
        print(f"    {slug:14}{seconds:6.2f} s ({spread})  {ratio:.2f} x   {fetched}")
        is_met = is_met and seconds < PAGE_SECONDS and ratio <= PAGE_RATIO
    return is_met


def _print_memory(settings: Settings) -> None:
    pid = server.status(settings)[server.NAME]
    assert pid is not None
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    shares = [process.memory_full_info().pss / 1e6 for process in processes]
    print(f"memory of Superset's server: {sum(shares):.0f} MB in {len(shares)} processes (proportional set size)")


if __name__ == "__main__":
    raise SystemExit(main())
