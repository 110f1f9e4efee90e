"""Those who prepare a disclosure: ask, see what became of it, compare what each side was given."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amana.errors import AmanaError
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import asks, who
from amana_archive.access.models import Person
from amana_archive.courts import disclosing, queries, rights
from amana_archive.courts.models import Dossier, Part
from amana_archive.courts.views import receipt_of
from amana_archive.evidence.models import Case, Item, Proposal, WorkingCopy
from amana_archive.review.describe import problem


@asks(rights.prepare, case=Case)
@require_GET
def dossiers(request: HttpRequest, case: Case) -> HttpResponse:
    """Every dossier of a case."""
    note(request, "dossiers.listed", case=case.pk)
    context = {"case": case, "dossiers": queries.dossiers(case)}
    return render(request, "dossiers.html", context)


@asks(rights.prepare, case=Case)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, case: Case) -> HttpResponse:
    """Ask for a disclosure, item by item: the first of two people."""
    if request.method == "POST":
        try:
            disclosing.ask(opened(request), who(request), case, _wish(request, case))
        except AmanaError as error:
            return problem(request, error)
        return HttpResponseRedirect("/proposals")
    note(request, "case.viewed", case=case.pk, disclosure=True)
    context = {"case": case, "terms": disclosing.TERMS, **queries.to_ask(who(request), case)}
    return render(request, "ask_disclosure.html", context)


def _wish(request: HttpRequest, case: Case) -> disclosing.Wish:
    form = request.POST
    to = Person.objects.filter(pk=_key(form.get("to"))).first() or Person()
    former = Dossier.objects.filter(pk=_key(form.get("former")), disclosure__case=case).first()
    ticked = [_key(text) for text in form.getlist("item")]
    mine = [item for item, _ in queries.to_ask(who(request), case)["rows"]]
    choices = [_choice(request, item) for item in mine if item.pk in ticked]
    basis, terms = form.get("basis", ""), form.get("terms", "")
    return disclosing.Wish(to, form.get("side", ""), basis, terms, choices, former)


def _choice(request: HttpRequest, item: Item) -> disclosing.Choice:
    form = request.POST
    give = form.get(f"give{item.pk}", Part.Give.ALL)
    made = WorkingCopy.objects.filter(pk=_key(form.get(f"copy{item.pk}")), item=item).first()
    return disclosing.Choice(
        item,
        give,
        form.get(f"path{item.pk}") == "1",
        made if give == Part.Give.COVERED else None,
        form.get(f"reason{item.pk}", ""),
    )


def _key(text: str | None) -> int:
    """A primary key from a form; 0, which is nobody's, for anything else."""
    good = text is not None and text.isascii() and text.isdecimal() and len(text) < 18
    return int(text or 0) if good else 0


@asks(rights.see_asked, disclosed=Proposal)
@require_GET
def asked(request: HttpRequest, disclosed: Proposal) -> HttpResponse:
    """Exactly what would leave, for the second person."""
    found = getattr(disclosed, "asked", None)
    if found is None:
        raise Http404
    note(request, "disclosure.read", case=disclosed.case_id, proposal=disclosed.pk)
    parts = found.parts.select_related("item__collection", "working_copy")
    return render(request, "asked.html", {"proposal": disclosed, "asked": found, "parts": parts})


@asks(rights.see_dossier, dossier=Dossier)
@require_GET
def dossier(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    note(request, "dossier.viewed", case=dossier.disclosure.case_id, dossier=dossier.pk)
    context = {
        "disclosure": dossier.disclosure,
        "withheld": queries.withheld(dossier.disclosure),
        **queries.about_dossier(dossier),
    }
    return render(request, "dossier.html", context)


@asks(rights.see_dossier, dossier=Dossier)
@require_POST
def again(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    try:
        disclosing.build_again(opened(request), who(request), dossier)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/dossiers/{dossier.pk}")


@asks(rights.see_dossier, dossier=Dossier)
@require_GET
def receipt(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    return receipt_of(request, dossier)
