"""Folders that lie in memory: each test gets a fresh database, and files are made many times quicker there."""

import os
import shutil
from pathlib import Path

ROOM_BYTES = 2 << 30


def in_memory() -> Path | None:
    """Where folders lie in memory, if there is room for all that the suite makes."""
    folder = Path("/dev/shm")
    room = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES
    return folder if room else None
