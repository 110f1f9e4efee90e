"""The auditor's page: who did what, from the archive's ledger, and its signed head."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from amana_archive.access import policy
from amana_archive.access.audit import catch_up, note, opened
from amana_archive.access.gate import asks
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
        "kinds": Act.objects.order_by("act").values_list("act", flat=True).distinct(),
        "who": who,
        "act": act,
        "item": item,
        "size": recorder.size,
        "head": recorder.checkpoint(),
    }
    return render(request, "log.html", context)


def _rest(row: Act) -> str:
    """What an entry says beside time, person and act, in one line."""
    fields = json.loads(row.fields)
    return ", ".join(f"{k}: {v}" for k, v in sorted(fields.items()) if k != "role")
