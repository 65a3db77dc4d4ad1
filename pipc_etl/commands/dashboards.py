"""`pipc dashboards check|push|pull|warm|picture`: the dashboards' assets against the marts, and to Superset and back."""

from __future__ import annotations

import typer

from pipc_etl.commands.console import out, progress_printer
from pipc_etl.commands.picture import picture
from pipc_etl.settings import load_settings

app = typer.Typer(no_args_is_help=True, help=__doc__)
app.command()(picture)


@app.command()
def check() -> None:
    """Follow every dashboard to the columns of the marts; says each broken link and ends with 1."""
    from pipc_etl.dashboards.push import check as check_assets

    assets = check_assets(load_settings()).assets
    out.print(f"{len(assets.dashboards)} dashboards, {len(assets.charts)} charts, {len(assets.datasets)} datasets fit the marts")


@app.command()
def push() -> None:
    """Make Superset hold exactly the assets, roles and row rules of this folder, and fill its cache."""
    from pipc_etl.dashboards.push import push as push_assets

    step = progress_printer()
    step("checking the assets against the marts")
    pushed = push_assets(load_settings(), step)
    step("Superset holds the assets")
    out.print(str(pushed))


@app.command()
def pull() -> None:
    """Write what was edited in the browser back to the assets; read the difference with `git diff`."""
    from pipc_etl.dashboards.pull import pull as pull_assets

    written = pull_assets(load_settings())
    for path in written:
        out.print(f"written   {path}", markup=False)
    if not written:
        out.print("nothing was edited")


@app.command()
def warm() -> None:
    """Compute what a browser asks first when it opens a dashboard, where the cache does not hold it."""
    from pipc_etl.dashboards.push import warm as warm_cache

    answer = warm_cache(load_settings())
    out.print(f"{answer['computed']} queries computed, {answer['known']} were in the cache")
