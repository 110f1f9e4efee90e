"""What people say of an item: tags, notes, readings, working copies; and who would rather not."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from amana.errors import AmanaError
from amana_archive.access import policy
from amana_archive.access.audit import of_item, opened, record
from amana_archive.access.gate import asks, who
from amana_archive.evidence import actions, copies, queries
from amana_archive.evidence.models import Item, ItemTag, Tag, WorkingCopy


def problem(request: HttpRequest, error: AmanaError) -> HttpResponse:
    """What was wrong with a form. Nothing was changed."""
    return render(request, "problem.html", {"problem": "amana", "error": error}, status=400)


def back_to(item: Item, part: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"/items/{item.pk}{part}")


@asks(policy.describe_item, item=Item)
@require_POST
def tag(request: HttpRequest, item: Item) -> HttpResponse:
    found = Tag.objects.filter(code=request.POST.get("tag", "")).first()
    if found is not None:
        actions.add_tag(opened(request), who(request), item, found)
    return back_to(item, "#tags")


@asks(policy.retag_item, tagged=ItemTag)
@require_POST
def untag(request: HttpRequest, tagged: ItemTag) -> HttpResponse:
    try:
        reason = request.POST.get("reason", "")
        actions.take_tag(opened(request), who(request), tagged, reason)
    except AmanaError as error:
        return problem(request, error)
    return back_to(tagged.item, "#tags")


@asks(policy.describe_item, item=Item)
@require_POST
def note(request: HttpRequest, item: Item) -> HttpResponse:
    try:
        actions.add_note(opened(request), who(request), item, request.POST.get("text", ""))
    except AmanaError as error:
        return problem(request, error)
    return back_to(item, "#notes")


@asks(policy.describe_item, item=Item)
@require_POST
def reading(request: HttpRequest, item: Item) -> HttpResponse:
    form = request.POST
    try:
        actions.add_reading(
            opened(request),
            who(request),
            item,
            form.get("number", ""),
            form.get("finding", ""),
            form.get("value", ""),
            _percent(form.get("confidence", "")),
            settles=form.get("settles") == "1",
        )
    except AmanaError as error:
        return problem(request, error)
    return back_to(item, "#numbers")


@asks(policy.describe_item, item=Item)
@require_POST
def skip(request: HttpRequest, item: Item) -> HttpResponse:
    """Somebody else, please: on to the next one."""
    _, after = queries.neighbours(who(request), item)
    actions.skip(opened(request), who(request), item)
    return HttpResponseRedirect(f"/items/{after}" if after else "/review")


@asks(policy.derive, item=Item)
@require_POST
def derive(request: HttpRequest, item: Item) -> HttpResponse:
    """A working copy, by one step from a form: on the original, or on the steps of another copy of
    it that one may see. Always made anew from the original, so that it can be proved at once."""
    form = request.POST
    try:
        step = _step(form.get("do", ""), {k: str(v) for k, v in form.items()})
        steps = [*_steps_before(request, item, form.get("from", "")), step]
        reason = form.get("reason", "")
        copies.make_working_copy(opened(request), who(request), item, steps, reason)
    except AmanaError as error:
        return problem(request, error)
    return back_to(item, "#copies")


def _steps_before(request: HttpRequest, item: Item, key: str) -> list[dict[str, Any]]:
    known = key.isascii() and key.isdecimal() and len(key) < 18
    made = WorkingCopy.objects.filter(pk=int(key), item=item).first() if known else None
    visible = made is not None and policy.see_working_copy(who(request), made)
    return list(made.steps) if made is not None and visible else []


@asks(policy.see_working_copy, made=WorkingCopy)
@require_POST
def prove(request: HttpRequest, made: WorkingCopy) -> HttpResponse:
    """Do the recorded steps again, and compare."""
    record(opened(request), who(request), "copy.proved", **of_item(made.item), copy=made.pk)
    context = {"made": made, "proved": copies.prove(opened(request), made)}
    return render(request, "proved.html", context)


def _percent(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else -1


def _step(kind: str, form: dict[str, str]) -> dict[str, Any]:
    if kind == "rotate":
        return {"do": kind, "degrees": _percent(form.get("degrees", ""))}
    if kind == "brighten":
        return {"do": kind, "percent": _percent(form.get("percent", ""))}
    sides = ("left", "top", "right", "bottom")
    # People give per cent; thousandths are what is recorded.
    return {"do": kind, "box": [10 * _percent(form.get(side, "")) for side in sides]}
