"""Threads for what leaves Python's lock alone: digests, reading, writing."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor


def workers() -> ThreadPoolExecutor:
    """More than there are cores: some wait for a disk."""
    return ThreadPoolExecutor(max_workers=min(16, (os.cpu_count() or 2) + 8))
