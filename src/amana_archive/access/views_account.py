"""One's own account: sessions, passkeys."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana_archive.access import passkeys, policy, sessions
from amana_archive.access.audit import note
from amana_archive.access.gate import asks, who
from amana_archive.access.models import SignIn


@asks(policy.signed_in)
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    person = who(request)
    context = {
        "sessions": sessions.listed(person),
        "own": request.session_row,  # type: ignore[attr-defined]
        "passkeys": person.passkeys.order_by("created"),
    }
    return render(request, "account.html", context)


@asks(policy.own_session, session=SignIn)
@require_POST
def end_session(request: HttpRequest, session: SignIn) -> HttpResponse:
    note(request, "session.ended", session=session.pk)
    sessions.end(session)
    return HttpResponseRedirect("/account")


@asks(policy.signed_in)
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Everywhere but here: for who left a machine open somewhere."""
    row: SignIn = request.session_row  # type: ignore[attr-defined]
    note(request, "sessions.ended")
    for other in sessions.listed(who(request)).exclude(pk=row.pk):
        sessions.end(other)
    return HttpResponseRedirect("/account")


@asks(policy.signed_in)
@require_POST
def passkey_begin(request: HttpRequest) -> HttpResponse:
    options, state = passkeys.begin_adding(request, who(request))
    row: SignIn = request.session_row  # type: ignore[attr-defined]
    SignIn.objects.filter(pk=row.pk).update(challenge={"passkey": state})
    return JsonResponse(options)


@asks(policy.signed_in)
@require_POST
def passkey_finish(request: HttpRequest) -> HttpResponse:
    row: SignIn = request.session_row  # type: ignore[attr-defined]
    try:
        answer = json.loads(request.body)
        label = str(answer.pop("label", ""))
    except (ValueError, AttributeError):
        return JsonResponse({}, status=400)
    state = row.challenge.get("passkey")
    SignIn.objects.filter(pk=row.pk).update(challenge={})
    if not state or not passkeys.finish_adding(request, who(request), state, answer, label):
        return JsonResponse({}, status=400)
    note(request, "passkey.added")
    return JsonResponse({"next": "/account"})


@asks(policy.signed_in)
@require_POST
def passkey_remove(request: HttpRequest, key: int) -> HttpResponse:
    """One's own only; one-time codes remain, so nobody locks himself out."""
    note(request, "passkey.removed", key=key)
    who(request).passkeys.filter(pk=key).delete()
    return HttpResponseRedirect("/account")
