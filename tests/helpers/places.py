"""Where the checkout is, and where real data and golden numbers are looked for."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CISGRAMMAR_DATA", ROOT / ".." / "shared" / "data"))
GOLDEN = Path(os.environ.get("CISGRAMMAR_GOLDEN", ROOT / ".." / "shared" / "golden"))
# A few of the golden numbers, which every clone has.
REDUCED_GOLDEN = ROOT / "tests" / "data"
