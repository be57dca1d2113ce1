"""The demo company with so many tickets: made once a day for each state of the schema, and kept for that day.

On another day its open tickets are late, and the worker keeps breaches of them while pages are measured.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "var" / "bench"
MIGRATIONS = ROOT / "migrations" / "versions"


def made(tickets: int) -> Path:
    """A data folder with the demo company and so many tickets; its file `ready` holds the seconds that it took."""
    schema = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MIGRATIONS.glob("*.py")))).hexdigest()[:8]
    folder = DATA / f"tickets-{tickets}-{schema}-{datetime.now().astimezone():%m%d}"
    if not (folder / "ready").exists():
        for old in DATA.glob(f"tickets-{tickets}-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, "PORTAL_DATA": str(folder), "PORTAL_PLAIN_HTTP": "yes"}
        command = [sys.executable, "-m", "portal"]
        subprocess.run([*command, "db", "upgrade"], env=env, check=True)
        begun = time.monotonic()
        subprocess.run([*command, "demo", "--scale", f"tickets={tickets}"], env=env, check=True)
        (folder / "ready").write_text(f"{time.monotonic() - begun:.0f}")
    return folder
