"""Cases: the list with its counts, one case, and what two people decide."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError, CannotOpen, UsageProblem
from amana_archive.access import policy
from amana_archive.access.audit import note, of_item, opened
from amana_archive.access.gate import asks, who
from amana_archive.access.models import Person, Role
from amana_archive.evidence import cases as actions
from amana_archive.evidence import queries, source
from amana_archive.evidence.models import Case, Item, Proposal
from amana_archive.review import rest
from amana_archive.review.describe import problem
from amana_archive.web.pages import number_of


@asks(policy.work_with_evidence)
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    person = who(request)
    note(request, "cases.listed")
    rows, following = queries.cases(person, number_of(request, "after"))
    context = {"cases": rows, "following": following, "counts": queries.case_counts(person)}
    return render(request, "cases.html", context)


@asks(policy.work_with_evidence)
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """A new case of the items ticked, those among them that one may see."""
    person = who(request)
    items = [i for i in _ticked(request) if policy.see_item(person, i)]
    try:
        made = actions.propose(opened(request), person, items, request.POST.get("summary", ""))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{made.pk}")


def _ticked(request: HttpRequest) -> list[Item]:
    keys = [int(k) for k in request.POST.getlist("item")[:200] if k.isascii() and k.isdecimal()]
    return list(Item.objects.filter(pk__in=keys).order_by("pk"))


@asks(policy.see_case, case=Case)
@require_GET
def case(request: HttpRequest, case: Case) -> HttpResponse:
    person = who(request)
    note(request, "case.viewed", case=case.pk)
    courts = Person.objects.filter(role=Role.COURT, active=True).order_by("name")
    may_disclose = policy.propose_disclosure(person, case)
    context = {
        **queries.about_case(person, case),
        "courts": courts if may_disclose else (),
        "may_disclose": may_disclose,
        "may_export": policy.export_case(person, case),
    }
    return render(request, "case.html", context)


@asks(policy.change_case, case=Case)
@require_POST
def add_item(request: HttpRequest, case: Case) -> HttpResponse:
    try:
        for item in _ticked(request):
            if policy.see_item(who(request), item):
                actions.add_item(opened(request), who(request), case, item)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{case.pk}")


@asks(policy.change_case, case=Case)
@require_POST
def take_out(request: HttpRequest, case: Case) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        for item in _ticked(request):
            if policy.see_item(who(request), item):
                actions.take_out(opened(request), who(request), case, item, reason)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{case.pk}")


@asks(policy.change_case, case=Case)
@require_POST
def summary(request: HttpRequest, case: Case) -> HttpResponse:
    form = request.POST
    try:
        words, reason = form.get("summary", ""), form.get("reason", "")
        actions.describe(opened(request), who(request), case, words, reason)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{case.pk}")


@asks(policy.see_item, item=Item)
@require_POST
def add_to(request: HttpRequest, item: Item) -> HttpResponse:
    """Into a case that is known by its number."""
    case = _numbered(request.POST.get("case", ""))
    try:
        if case is None or not policy.change_case(who(request), case):
            raise UsageProblem(what="there is no such case")
        actions.add_item(opened(request), who(request), case, item)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/items/{item.pk}#cases")


def _numbered(text: str) -> Case | None:
    """The case that people call C-000017, or 17."""
    digits = "".join(str(int(c)) if c.isdecimal() else c for c in text.strip())
    digits = digits.upper().removeprefix("C-")
    known = digits.isascii() and digits.isdecimal() and len(digits) < 18
    return Case.objects.filter(pk=int(digits)).first() if known else None


@asks(policy.change_case, case=Case)
@require_POST
def merge(request: HttpRequest, case: Case) -> HttpResponse:
    person = who(request)
    into = _numbered(request.POST.get("into", ""))
    try:
        if into is None or not policy.change_case(person, into):
            raise UsageProblem(what="there is no such case")
        reason = request.POST.get("reason", "")
        actions.merge(opened(request), person, case, into, reason)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{into.pk}")


@asks(policy.change_case, case=Case)
@require_POST
def split(request: HttpRequest, case: Case) -> HttpResponse:
    person = who(request)
    items = [i for i in _ticked(request) if policy.see_item(person, i)]
    try:
        reason = request.POST.get("reason", "")
        made = actions.split(opened(request), person, case, items, reason)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{made.pk}")


@asks(policy.change_case, case=Case)
@require_POST
def note_case(request: HttpRequest, case: Case) -> HttpResponse:
    try:
        actions.note_case(opened(request), who(request), case, request.POST.get("text", ""))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{case.pk}#notes")


@asks(policy.change_case, case=Case)
@require_POST
def identify(request: HttpRequest, case: Case) -> HttpResponse:
    """Propose who it is: the first of two people."""
    text = request.POST.get("text", "")
    kind = Proposal.Kind.IDENTIFICATION
    try:
        actions.propose_act(opened(request), who(request), case, kind, text)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{case.pk}#two")


@asks(policy.propose_disclosure, case=Case)
@require_POST
def disclose(request: HttpRequest, case: Case) -> HttpResponse:
    """Propose that somebody of a court sees this case as it stands."""
    key = request.POST.get("to", "")
    courts = Person.objects.filter(role=Role.COURT, active=True)
    to = courts.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() else None
    kind = Proposal.Kind.DISCLOSURE
    try:
        if to is None:
            raise UsageProblem(what="choose to whom")
        text = request.POST.get("text", "")
        actions.propose_act(opened(request), who(request), case, kind, text, to)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/cases/{case.pk}#two")


@asks(policy.work_with_evidence)
@require_GET
def proposals(request: HttpRequest) -> HttpResponse:
    person = who(request)
    note(request, "proposals.listed")
    rows = [(p, policy.decide(person, p)) for p in queries.proposals(person)]
    return render(request, "proposals.html", {"rows": rows})


@asks(policy.see_proposal, proposal=Proposal)
@require_GET
def proposal(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """All that the second person needs to decide: covered, until asked for."""
    note(request, "proposal.viewed", proposal=proposal.pk)
    person, export = who(request), getattr(proposal, "export", None)
    shown, case = queries.with_veils, proposal.case
    context = {
        "proposal": proposal,
        "may_decide": policy.decide(person, proposal),
        "items": shown(export.items) if export else queries.members(person, case) if case else [],
        "made": proposal.working_copy,
        "show": request.GET.get("show") == "picture",
    }
    return render(request, "proposal.html", context)


@asks(policy.see_proposed_picture, proposal=Proposal)
@require_GET
def proposed_picture(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The covered picture that waits: whoever may decide must be able to see what is covered."""
    made = proposal.working_copy
    try:
        assert made is not None  # the question asked for it
        data = source.working_copy_bytes(opened(request), made)
    except CannotOpen:
        raise Http404 from None
    note(request, "copy.viewed", **of_item(made.item), copy=made.pk, proposal=proposal.pk)
    rest.looked(request)
    return HttpResponse(data, content_type="image/png")


@asks(policy.decide, proposal=Proposal)
@require_POST
def decide(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    form = request.POST
    try:
        confirm = form.get("answer") == "confirm"
        actions.decide(opened(request), who(request), proposal, confirm, form.get("reason", ""))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/proposals")
