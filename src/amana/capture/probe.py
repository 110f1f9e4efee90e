"""Which file of a batch kills its decoder? Each is decoded alone, its result thrown away."""

from __future__ import annotations

import contextlib

from amana.capture.describe import Known, describe
from amana.capture.options import Options
from amana.capture.walk import Entry


def try_decode(entry: Entry, options: Options) -> None:
    """Read and decode `entry`; whether this returns at all is the answer."""
    with contextlib.suppress(OSError):
        describe(entry, options, lambda digest: Known.NEW, (True, True))
