"""The private page of a family: a number, seven words, and one of three plain answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from amana_archive.access import throttle
from amana_archive.access.audit import opened, record
from amana_archive.access.gate import public
from amana_archive.access.views_sign_in import address_of
from amana_archive.families import slips


@public
@require_http_methods(["GET", "POST"])
def slip(request: HttpRequest) -> HttpResponse:
    """Whoever guesses gets the same page after the same work, and must wait ever longer."""
    if request.method == "GET":
        return render(request, "family_slip.html")
    number, phrase = request.POST.get("number", "")[:40], request.POST.get("words", "")[:400]
    key = opened(request).attempt_key
    names = throttle.names(key, f"slip {slips.number_of(number)}", f"slip {address_of(request)}")
    wait = throttle.wait(names)
    record(opened(request), None, "family-page.asked")
    state = slips.ask(opened(request), number, phrase)
    if wait or state is None:
        if not wait:
            throttle.failed(names)
        context = {"refused": True, "wait": wait}
        return render(request, "family_slip.html", context, status=403)
    throttle.passed(names)
    return render(request, "family_slip.html", {"state": state})
