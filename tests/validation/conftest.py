"""The validation tests share hand-made batches with the goldens."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "golden")]
