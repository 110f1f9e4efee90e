"""What every installation shares. No secret, no path and no host is decided here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
HTTPS = os.environ.get("AMANA_HTTPS") == "1"
DEBUG = False
ALLOWED_HOSTS = os.environ.get("AMANA_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [x for x in os.environ.get("AMANA_ORIGINS", "").split(",") if x]

# A room has its own models, addresses, templates and translations.
ROOMS = ["courts", "investigators", "families", "publication"]
INSTALLED_APPS = [
    "amana_archive.access",
    "amana_archive.evidence",
    "amana_archive.web",
    *(f"amana_archive.{room}" for room in ROOMS),
]
# The order is the order of trust: headers on everything, then nothing at all while locked, then
# who asks, then whether the form is his own.
MIDDLEWARE = [
    "amana_archive.web.headers.Headers",
    "amana_archive.lockup.middleware.OnlyUnlocked",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "amana_archive.access.middleware.People",
]
ROOT_URLCONF = "amana_archive.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / room / "templates" for room in ("web", *ROOMS)],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "amana_archive.web.context.page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "amana_archive.web.templatetags.amana",
            ],
        },
    }
]

# The families' own store is another database, with another key: families/router.py.
DATABASE_ROUTERS = ["amana_archive.families.router.Router"]


def family_store(folder: Path) -> dict[str, Any]:
    """The database `families`: always an encrypted file of its own, beside whatever catalogue."""
    return {
        "ENGINE": "amana_archive.sealed_sqlite",
        "NAME": str(folder / "web" / "families.sealed"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # What a family wants erased is overwritten, not only unlinked.
            "init_command": "PRAGMA secure_delete = ON",
        },
        "TEST": {"NAME": None},
    }


DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", "العربية"), ("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [HERE / "locale", *(HERE / room / "locale" for room in ROOMS)]
LANGUAGE_COOKIE_NAME = "amana_language"
LANGUAGE_COOKIE_SAMESITE = "Strict"
LANGUAGE_COOKIE_SECURE = HTTPS
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

CSRF_COOKIE_NAME = "amana_form"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "amana_archive.web.errors.form_expired"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# No page of ours takes a file, and no form is long.
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_HANDLERS: list[str] = []

# Request lines and errors would be a second, unwitnessed log of who saw what: none is kept.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.request": {"handlers": ["stderr"], "level": "CRITICAL", "propagate": False},
        "django.security": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}

# Which number stands where on a source's cards, as "detainee,branch,death": then a machine's three
# numbers in one line become readings. Empty: nobody said so, and they stay hints.
AMANA_CARD_ORDER = [x for x in os.environ.get("AMANA_CARD_ORDER", "").split(",") if x]

# Time-outs, in seconds.
AMANA_IDLE = int(os.environ.get("AMANA_LOCK_AFTER", "1800"))
AMANA_LONGEST = 12 * 3600
AMANA_SESSION_IDLE = 1800
AMANA_SESSION_LONGEST = 10 * 3600
