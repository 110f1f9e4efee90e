"""Several processes on PostgreSQL. The database server's disk must be encrypted: here the catalogue
is in clear to the database server (docs/threat-model/web.md says what that means)."""

from __future__ import annotations

import os
from pathlib import Path

from amana_archive.settings.base import *  # noqa: F403
from amana_archive.settings.secret import read_secret

AMANA_FOLDER = Path(os.environ.get("AMANA_ARCHIVE", "archive"))
SECRET_KEY = read_secret("AMANA_WEB_SECRET")
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("AMANA_DB_NAME", "amana"),
        "USER": os.environ.get("AMANA_DB_USER", "amana"),
        "PASSWORD": os.environ.get("AMANA_DB_PASSWORD", ""),
        "HOST": os.environ.get("AMANA_DB_HOST", ""),
        "PORT": os.environ.get("AMANA_DB_PORT", ""),
        "CONN_MAX_AGE": None,
    },
    "families": family_store(AMANA_FOLDER),  # noqa: F405
}
