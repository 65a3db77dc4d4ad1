"""All benchmarks, one after the other: `make bench`. Exit code 1 if one misses its target."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = ("small_files", "feedback", "publication", "incremental_build", "bulk_load", "backup", "dashboards")

if __name__ == "__main__":
    codes = []
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, Path(__file__).parent / f"{name}.py"], check=False).returncode)
    raise SystemExit(max(codes))
