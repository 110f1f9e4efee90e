"""Asking for a disclosure, item by item, and what follows when a second person confirms it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from amana.core.sign import sign_note
from amana.errors import UsageProblem
from amana.trustees.archive_keys import open_archive
from amana_archive.access.audit import record
from amana_archive.access.models import Person, Role
from amana_archive.courts import building
from amana_archive.courts.models import Asked, Dossier, Part, Receipt
from amana_archive.evidence import cases, queries
from amana_archive.evidence.models import Case, CaseItem, Disclosure, Item, Proposal, WorkingCopy
from amana_archive.lockup.opened import Opened

TERMS = "for use in these proceedings only"
RECEIPT_LINE = "amana/v1/dossier-receipt"


@dataclass(frozen=True)
class Choice:
    """What is given of one item; a reason for whatever is not given."""

    item: Item
    give: str = Part.Give.ALL
    hides_path: bool = False
    working_copy: WorkingCopy | None = None
    reason: str = ""


@dataclass(frozen=True)
class Wish:
    """Who asks what for whom: `basis` is the law or order, `former` a dossier that is added to."""

    to: Person
    side: str
    basis: str
    terms: str
    choices: Sequence[Choice]
    former: Dossier | None = None


def ask(opened: Opened, by: Person, case: Case, wish: Wish) -> Proposal:
    """The first of two people. Raises UsageProblem."""
    _check(case, wish)
    with transaction.atomic():
        kind = Proposal.Kind.DISCLOSURE
        proposal = cases.propose_act(opened, by, case, kind, wish.basis, wish.to)
        terms = wish.terms.strip()[:400] or TERMS
        asked = Asked.objects.create(
            proposal=proposal, side=wish.side, terms=terms, former=wish.former
        )
        Part.objects.bulk_create(_part(asked, choice) for choice in wish.choices)
        record(
            opened,
            by,
            "disclosure.asked",
            case=case.pk,
            proposal=proposal.pk,
            side=wish.side,
            withheld=[[c.item.pk, c.give] for c in wish.choices if c.give != Part.Give.ALL],
        )
    return proposal


def _part(asked: Asked, choice: Choice) -> Part:
    return Part(
        asked=asked,
        item=choice.item,
        give=choice.give,
        hides_path=choice.hides_path,
        working_copy=choice.working_copy,
        reason=choice.reason.strip()[:300],
    )


def _check(case: Case, wish: Wish) -> None:
    if wish.to.role != Role.COURT or not wish.to.active or wish.side not in Asked.Side.values:
        raise UsageProblem(what="choose to whom")
    chosen = {choice.item.pk for choice in wish.choices}
    held = CaseItem.objects.filter(case=case, ended=None).values_list("item_id", flat=True)
    if not wish.choices or not chosen <= set(held):
        raise UsageProblem(what="only items of the case can be disclosed, and at least one")
    if all(choice.give == Part.Give.NOTHING for choice in wish.choices):
        raise UsageProblem(what="everything is withheld: there is nothing to disclose")
    if wish.former is not None and wish.former.disclosure.to_id != wish.to.pk:
        raise UsageProblem(what="a supplement goes to whom the former dossier went")
    for choice in wish.choices:
        _check_choice(choice)


def _check_choice(choice: Choice) -> None:
    if choice.give not in Part.Give.values:
        raise UsageProblem(what="choose how much of each item is given")
    if (choice.give != Part.Give.ALL or choice.hides_path) and not choice.reason.strip():
        raise UsageProblem(what="whatever is withheld needs its reason")
    covered = choice.working_copy
    if (choice.give == Part.Give.COVERED) != (covered is not None):
        raise UsageProblem(what="choose a covered picture that two people have confirmed")
    if covered is not None and not is_confirmed_cover(choice.item, covered):
        raise UsageProblem(what="choose a covered picture that two people have confirmed")


def is_confirmed_cover(item: Item, made: WorkingCopy) -> bool:
    """Threat: a redaction that one person made alone may cover too little, or the wrong place."""
    return made.covers and made.pk in {usable.pk for usable in queries.usable_copies(item)}


# --- the second person ---------------------------------------------------------------------------


@cases.on_confirmed(Proposal.Kind.DISCLOSURE)
def follow(opened: Opened, proposal: Proposal) -> None:
    """Runs inside the transaction of the confirmation; the dossier is made after it."""
    disclosure = Disclosure.objects.filter(proposal=proposal).first()
    if disclosure is None:
        return
    asked = Asked.objects.filter(proposal=proposal).first()
    if asked is None:
        asked = Asked.objects.create(proposal=proposal, side=Asked.Side.COURT, terms=TERMS)
        items = list(disclosure.items.all())
        Part.objects.bulk_create(Part(asked=asked, item=item) for item in items)
    for part in asked.parts.select_related("working_copy", "item"):
        # It may have been taken back since it was asked for.
        made = part.working_copy
        if made is not None and not is_confirmed_cover(part.item, made):
            raise UsageProblem(what="choose a covered picture that two people have confirmed")
    disclosure.items.set([part.item_id for part in asked.parts.exclude(give=Part.Give.NOTHING)])
    dossier = Dossier.objects.create(disclosure=disclosure, asked=asked)
    transaction.on_commit(lambda: building.start(opened, dossier.pk))


def build_again(opened: Opened, by: Person, dossier: Dossier) -> None:
    """Try once more what could not be made. Raises UsageProblem."""
    failed = Dossier.objects.filter(pk=dossier.pk, state=Dossier.State.FAILED)
    with transaction.atomic():
        if not failed.update(state=Dossier.State.WAITING, trouble=""):
            raise UsageProblem(what="this dossier has not failed")
        case = dossier.disclosure.case_id
        record(opened, by, "dossier.again", dossier=dossier.pk, case=case)
        transaction.on_commit(lambda: building.start(opened, dossier.pk))


# --- the receiver --------------------------------------------------------------------------------


def acknowledge(opened: Opened, by: Person, dossier: Dossier, typed: str, name: str) -> Receipt:
    """The receiver signs for exactly the dossier whose manifest has the digest he typed.

    The sealed parts go away: from now on the receiver has it. Raises UsageProblem.
    """
    digest = "".join(typed.split()).lower()
    if len(digest) < 16 or not dossier.manifest.startswith(digest):
        raise UsageProblem(what="this is not the digest of the dossier's manifest")
    if not name.strip():
        raise UsageProblem(what="write your name")
    dossier.refresh_from_db(fields=["fetched"])
    if dossier.fetched is None:
        raise UsageProblem(what="fetch the dossier first, and verify it")
    with transaction.atomic():
        ready = Dossier.objects.filter(pk=dossier.pk, state=Dossier.State.READY)
        if not ready.update(state=Dossier.State.RECEIVED, parts=[]):
            raise UsageProblem(what="this dossier was signed for already")
        entry = record(
            opened,
            by,
            "dossier.received",
            **_about(dossier),
            manifest=dossier.manifest,
            name=name.strip()[:120],
        )
        said = _statement(dossier, by, name.strip()[:120], str(entry.fields["time"]), entry.seq)
        made = Receipt.objects.create(
            dossier=dossier,
            by=by,
            name=name.strip()[:120],
            manifest=dossier.manifest,
            act=entry.seq,
            note=_signed(opened, said),
        )
    building.forget(opened, dossier)
    return made


def _statement(dossier: Dossier, by: Person, name: str, when: str, act: int) -> str:
    lines = [
        RECEIPT_LINE,
        f"dossier {dossier.number}",
        f"manifest {dossier.manifest}",
        f"contents {dossier.contents_digest}",
        f"received {when}",
        f"account {by.login}",
        f"name {' '.join(name.split())}",
        f"entry {act}",
    ]
    return "\n".join(lines) + "\n"


def _signed(opened: Opened, text: str) -> str:
    archive = opened.archive
    signer = open_archive(archive.folder).open_office([archive.identity]).signer
    return str(sign_note(text, [signer]))


def fetched(opened: Opened, by: Person, dossier: Dossier) -> None:
    """Written before the first byte leaves. Raises UsageProblem where there is nothing to fetch."""
    with transaction.atomic():
        ready = Dossier.objects.filter(pk=dossier.pk, state=Dossier.State.READY)
        if not ready.exists():
            raise UsageProblem(what="this dossier is not ready to be fetched")
        ready.filter(fetched=None).update(fetched=timezone.now())
        record(opened, by, "dossier.fetched", **_about(dossier), manifest=dossier.manifest)


def _about(dossier: Dossier) -> dict[str, Any]:
    disclosure = dossier.disclosure
    return {
        "dossier": dossier.number,
        "disclosure": disclosure.pk,
        "case": disclosure.case_id,
    }


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
