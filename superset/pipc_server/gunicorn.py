"""How gunicorn serves Superset: imported once, then two forked workers that share its memory."""

from __future__ import annotations

import os
import sys
from typing import Any

from pipc_server.variables import optional, required

wsgi_app = "pipc_server.application:create()"
bind = required("BIND")
certfile = optional("TLS_CERTIFICATE")
keyfile = optional("TLS_KEY")
workers = int(optional("WORKERS") or 2)
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 120
graceful_timeout = 5
keepalive = 30
errorlog = "-"
accesslog = None
loglevel = "warning"
proc_name = "superset"
umask = 0o027
# Its file would lie in the home folder of the user, the same for every installation.
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A database connection belongs to one process: forget the parent's without closing it under the parent."""
    from superset.extensions import db

    with worker.app.wsgi().app_context():
        db.engine.dispose(close=False)


def worker_exit(server: Any, worker: Any) -> None:
    """End at once: taking Superset apart object by object takes seconds and changes nothing."""
    os._exit(0)


def on_exit(server: Any) -> None:
    """As its workers do; gunicorn calls this while it handles what made it end."""
    os._exit(getattr(sys.exc_info()[1], "exit_status", 0))
