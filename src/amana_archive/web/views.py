"""Language and light: kept in two cookies of the browser, never in the account."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from amana_archive.access.gate import public

THEMES = ("", "light", "dark")
_YEAR = 365 * 24 * 3600


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("back", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponseRedirect(back)
    if request.POST.get("language") in dict(settings.LANGUAGES):
        name = settings.LANGUAGE_COOKIE_NAME
        _remember(response, name, request.POST["language"])
    if request.POST.get("theme") in THEMES:
        _remember(response, "amana_theme", request.POST["theme"])
    return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_YEAR, samesite="Strict", httponly=True, secure=settings.HTTPS
    )
