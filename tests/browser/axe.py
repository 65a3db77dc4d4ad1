"""Where axe-core is: installed from the lock beside this file when a test first asks for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
SCRIPT = FOLDER / "node_modules" / "axe-core" / "axe.min.js"


def axe_script() -> Path:
    """The accessibility checker as a browser runs it; raises CalledProcessError with npm's words where it cannot be installed."""
    if not SCRIPT.is_file():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=FOLDER, check=True, timeout=300)
    return SCRIPT
