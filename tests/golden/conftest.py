"""The goldens share the hand-made batches of the validation tests."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "validation")]
