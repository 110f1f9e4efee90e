"""One process, one folder: the catalogue is an encrypted SQLite file that opens on unlock."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from amana_archive.settings.base import *  # noqa: F403

AMANA_FOLDER = Path(os.environ.get("AMANA_ARCHIVE", "archive"))
# Lives as long as the process: a restart locks, and everything that was signed before is void.
SECRET_KEY = secrets.token_urlsafe(48)
DATABASES = {
    "default": {
        "ENGINE": "amana_archive.sealed_sqlite",
        "NAME": str(AMANA_FOLDER / "web" / "catalogue.sealed"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
        "TEST": {"NAME": None},
    },
    "families": family_store(AMANA_FOLDER),  # noqa: F405
}
