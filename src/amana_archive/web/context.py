"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from amana_archive.access.models import Person, Role

# (path, name of the page) of each role's menu.
MENUS: dict[str, tuple[tuple[str, str], ...]] = {
    Role.ADMINISTRATOR.value: (("/people", "people"), ("/families/store", "family store")),
    Role.REVIEWER.value: (
        ("/review", "review"),
        ("/search", "search"),
        ("/cases", "cases"),
        ("/proposals", "proposals"),
        ("/publication", "publication"),
    ),
    Role.LIAISON.value: (
        ("/families", "families"),
        ("/cases", "cases"),
        ("/search", "search"),
        ("/proposals", "proposals"),
        ("/publication", "publication"),
    ),
    Role.INVESTIGATOR.value: (
        ("/search", "search"),
        ("/series", "series"),
        ("/documents", "documents"),
        ("/cases", "cases"),
        ("/proposals", "proposals"),
        ("/publication", "publication"),
        ("/exports", "exports"),
    ),
    Role.COURT.value: (("/disclosed", "disclosed"),),
    Role.AUDITOR.value: (("/log", "log"),),
}


def page(request: HttpRequest) -> dict[str, Any]:
    person: Person | None = getattr(request, "person", None)
    return {
        "person": person,
        "menu": MENUS.get(person.role, ()) if person else (),
        "theme": request.COOKIES.get("amana_theme", ""),
        "languages": settings.LANGUAGES,
        "unlocked": getattr(request, "opened", None) is not None,
    }
