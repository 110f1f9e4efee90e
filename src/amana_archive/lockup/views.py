"""The state page, and the trustees' form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError, WrongShare
from amana_archive.access import policy
from amana_archive.access.audit import note
from amana_archive.access.gate import asks, public
from amana_archive.access.middleware import home_of
from amana_archive.lockup.machine import lockup


@public
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Locked: the state. Unlocked: the way in, or where one works."""
    status = lockup().status()
    if status.locked:
        return render(request, "state.html", {"status": status})
    person = getattr(request, "person", None)
    return HttpResponseRedirect(home_of(person) if person else "/sign-in")


@public
@require_POST
def unlock(request: HttpRequest) -> HttpResponse:
    """One trustee's words. Nothing of them is kept in a page, a log or an error."""
    try:
        status = lockup().offer(request.POST.get("share", ""))
    except WrongShare as error:
        context = {"status": lockup().status(), "problem": error.fields.get("reason", "")}
        return render(request, "state.html", context, status=400)
    except AmanaError as error:
        context = {"status": lockup().status(), "problem": error.message}
        return render(request, "state.html", context, status=503)
    return HttpResponseRedirect("/" if status.locked else "/sign-in")


@asks(policy.lock)
@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """On command. It happens after this request has left, so that it need not wait for itself."""
    note(request, "lock.asked")
    request.opened = None  # type: ignore[attr-defined]
    import threading

    threading.Thread(target=lockup().lock, args=("command",), daemon=True).start()
    return HttpResponseRedirect("/")
