"""The auditor's page: who did what, from the archive's ledger, and its signed head."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana_archive.access import policy, witnessing
from amana_archive.access.audit import catch_up, note, opened
from amana_archive.access.gate import asks
from amana_archive.access.gate import who as person_of
from amana_archive.access.models import Act
from amana_archive.web.pages import number_of

PAGE = 50


@asks(policy.audit)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Newest first; by person, by act, by item. The auditor's look is an entry, too."""
    note(request, "log.read")
    catch_up(opened(request))
    acts = Act.objects.order_by("-seq")
    before = number_of(request, "before")
    who, act, item = (request.GET.get(name, "").strip() for name in ("who", "act", "item"))
    if before is not None:
        acts = acts.filter(seq__lt=before)
    if who:
        acts = acts.filter(who=who)
    if act:
        acts = acts.filter(act=act)
    if item.isdecimal():
        acts = acts.filter(item=int(item))
    rows = list(acts[: PAGE + 1])
    recorder = opened(request).recorder
    context = {
        "rows": [(row, _rest(row)) for row in rows[:PAGE]],
        "next": rows[PAGE - 1].seq if len(rows) > PAGE else None,
        "kinds": _kinds(),
        "who": who,
        "act": act,
        "item": item,
        "size": recorder.size,
        "head": recorder.checkpoint(),
        "witnesses": witnessing.standing(opened(request)),
    }
    return render(request, "log.html", context)


@asks(policy.audit)
@require_POST
def witness(request: HttpRequest) -> HttpResponse:
    """Have the head cosigned now, instead of within the hour."""
    note(request, "witnesses.asked")
    witnessing.ask_all(opened(request), person_of(request))
    return HttpResponseRedirect("/log#head")


def _kinds() -> list[str]:
    """Every kind of act there is: a step in the index for each, not a walk over a million rows."""
    found: list[str] = []
    while True:
        rows = Act.objects.filter(act__gt=found[-1]) if found else Act.objects.all()
        following = rows.order_by("act").values_list("act", flat=True).first()
        if following is None:
            return found
        found.append(following)


def _rest(row: Act) -> str:
    """What an entry says beside time, person and act, in one line."""
    fields = json.loads(row.fields)
    return ", ".join(f"{k}: {v}" for k, v in sorted(fields.items()) if k != "role")
