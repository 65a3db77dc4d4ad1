"""The machine's Chromium for Superset's pictures: Superset itself never says which browser playwright is to start."""

from __future__ import annotations

from base64 import b64encode
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def trust_argument(certificate: str | None) -> list[str]:
    """What makes the browser that draws our own pages trust the key of our own certificate, and no other's."""
    if certificate is None:
        return []
    key = load_pem_x509_certificate(Path(certificate).read_bytes()).public_key()
    digest = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return [f"--ignore-certificate-errors-spki-list={b64encode(digest).decode()}"]


def use_browser(program: str | None) -> None:
    """Make playwright start `program` wherever no other browser is named; None leaves playwright's own."""
    if program is None:
        return
    from playwright.sync_api import BrowserType

    original = getattr(BrowserType.launch, "__wrapped__", BrowserType.launch)

    @wraps(original)
    def launch(self: Any, **options: Any) -> Any:
        return original(self, **{"executable_path": program, **options})

    BrowserType.launch = launch
