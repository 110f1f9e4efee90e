"""The way in: name and passphrase, then a second factor. No answer says which part was wrong."""

from __future__ import annotations

import json

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from amana.errors import AmanaError
from amana_archive.access import accounts, passkeys, policy, second_factor, sessions, throttle
from amana_archive.access.audit import note, opened, record
from amana_archive.access.gate import asks, public
from amana_archive.access.middleware import home_of
from amana_archive.access.models import Person, SignIn


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Step one always leads to step two."""
    if request.method == "GET":
        return render(request, "sign_in.html")
    login = request.POST.get("login", "")
    names = throttle.names(opened(request).attempt_key, login, address_of(request))
    person = None
    if throttle.wait(names) == 0:
        person = accounts.by_passphrase(login, request.POST.get("passphrase", ""))
        if person is None:
            throttle.failed(names)
    response = HttpResponseRedirect("/sign-in/second")
    row = sessions.begin(request, response, person, pending=True)
    SignIn.objects.filter(pk=row.pk).update(challenge={"names": names})
    return response


@public
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    row = _pending(request)
    if row is None:
        return HttpResponseRedirect("/sign-in")
    if request.method == "GET":
        return render(request, "second.html")
    names = row.challenge.get("names", [])
    wait = throttle.wait(names)
    person = row.person
    if person and not wait and accounts.use_code(person, request.POST.get("code", "")):
        throttle.passed(names)
        return _enter(request, person)
    return _refuse(request, names, wait)


def _refuse(request: HttpRequest, names: list[str], wait: int) -> HttpResponse:
    if not wait:
        throttle.failed(names)
    record(opened(request), None, "sign-in.refused")
    sessions.end(request.session_row)  # type: ignore[attr-defined]
    context = {"refused": True, "wait": throttle.wait(names)}
    return render(request, "sign_in.html", context, status=403)


def _enter(request: HttpRequest, person: Person) -> HttpResponse:
    record(opened(request), person, "sign-in")
    response = HttpResponseRedirect(home_of(person))
    sessions.begin(request, response, person, pending=False)
    return response


@public
@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """A challenge for any passkey: the list of allowed ones is empty, for everybody."""
    row = _pending(request)
    if row is None:
        raise Http404
    options, state = passkeys.begin_use(request)
    SignIn.objects.filter(pk=row.pk).update(challenge={**row.challenge, "passkey": state})
    return JsonResponse(options)


@public
@require_POST
def passkey_answer(request: HttpRequest) -> HttpResponse:
    row = _pending(request)
    if row is None:
        raise Http404
    names, state = row.challenge.get("names", []), row.challenge.get("passkey")
    person = row.person
    right = False
    if person and state and not throttle.wait(names):
        right = passkeys.finish_use(request, person, state, _answer(request))
    if not right or person is None:
        throttle.failed(names)
        record(opened(request), None, "sign-in.refused")
        sessions.end(row)
        return JsonResponse({"next": "/sign-in"}, status=403)
    throttle.passed(names)
    response = JsonResponse({"next": home_of(person)})
    record(opened(request), person, "sign-in", passkey=True)
    sessions.begin(request, response, person, pending=False)
    return response


@asks(policy.signed_in)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    note(request, "sign-out")
    sessions.end(request.session_row)  # type: ignore[attr-defined]
    response = HttpResponseRedirect("/sign-in")
    response.delete_cookie(sessions.COOKIE)
    return response


@public
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation: passphrase and one-time codes, in one step."""
    invitation = accounts.open_invitation(token)
    if invitation is None:
        raise Http404
    problem: AmanaError | None = None
    mismatch = False
    if request.method == "POST":
        passphrase = request.POST.get("passphrase", "")
        mismatch = passphrase != request.POST.get("again", "")
        try:
            if not mismatch:
                code = request.POST.get("code", "")
                accounts.accept(opened(request), invitation, passphrase, code)
                return HttpResponseRedirect("/sign-in")
        except AmanaError as error:
            problem = error
    link = second_factor.uri(invitation.totp_secret, invitation.person.login)
    context = {
        "invitation": invitation,
        "square": segno.make(link, error="m").svg_data_uri(scale=5, border=2),
        "problem": problem,
        "mismatch": mismatch,
    }
    return render(request, "welcome.html", context, status=400 if problem or mismatch else 200)


def _pending(request: HttpRequest) -> SignIn | None:
    row: SignIn | None = request.session_row  # type: ignore[attr-defined]
    if row is None or not row.pending:
        return None
    return row if timezone.now() - row.created < sessions.PENDING_LIFETIME else None


def address_of(request: HttpRequest) -> str:
    """Who asks. Behind the TLS proxy everybody would have its address, and one stranger's failures
    would slow all down: there it is the last one of the list, which our own proxy wrote. What
    stands before it, the stranger may have written himself."""
    if settings.HTTPS:
        last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if last:
            return last
    return str(request.META.get("REMOTE_ADDR", ""))


def _answer(request: HttpRequest) -> dict[str, object]:
    try:
        answer = json.loads(request.body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
