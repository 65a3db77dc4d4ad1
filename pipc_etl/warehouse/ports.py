"""TCP ports of 127.0.0.1: which are free, who holds one, which one an installation keeps."""

from __future__ import annotations

import socket
from pathlib import Path

import psutil

from pipc_etl.errors import WarehouseError

HOST = "127.0.0.1"


def is_port_free(port: int) -> bool:
    """Whether a server may listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def port_owner(port: int) -> str:
    """' by <program> (pid N)' of whoever listens on `port`, or '' where the system does not tell us."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return ""
    return ""


def kept_port(kept: Path) -> int:
    """The port that `choose_port` kept in the file, 0 if none."""
    return int(kept.read_text(encoding="ascii")) if kept.exists() else 0


def require_port(wanted: int, variable: str) -> None:
    """Raise WarehouseError, naming who holds it and the `variable` that sets another, if `wanted` is taken; 0 is never."""
    if wanted and not is_port_free(wanted):
        raise WarehouseError(f"port {wanted} is taken{port_owner(wanted)}: free it or set {variable} to another one")


def choose_port(wanted: int, kept: Path, variable: str) -> int:
    """`wanted` if it is free, for 0 the kept one or any free one; kept in the file. Raises as `require_port`."""
    require_port(wanted, variable)
    port = wanted or kept_port(kept)
    if not (port and is_port_free(port)):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
    kept.write_text(str(port), encoding="ascii")
    return port
