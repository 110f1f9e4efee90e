"""One small unlocked archive for all tests of the web, and a standing cast: one person a role, a
colleague without rights, and nobody."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cast_courts
import cast_families
import cast_investigators
import cast_publication

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.unseal import Identity
from amana.kits.kit import create_kit
from amana.rehearsal.draw import draw_set
from amana.reunite.archive import Archive
from amana.reunite.open import receive
from amana.trustees.archive_keys import IDENTITY_FILE, new_archive
from amana.trustees.shares import split
from amana.vault.store import Vault

PHOTOGRAPHS = 8
ARABIC_NOTE = "شهادة عن السجن العسكري رقم ٢٢٧، كتبها أحمد عبد الله.\nA testimony.\n"


@dataclass(frozen=True)
class Kept:
    """An archive folder that holds a few drawn photographs, and its trustees' words."""

    folder: Path
    identity: Identity
    shares: list[str]


def make_archive(root: Path, photographs: int = PHOTOGRAPHS, seed: int = 4) -> Kept:
    keys = new_archive(root / "archive")
    identity = Identity.from_file((root / "archive" / IDENTITY_FILE).read_text())
    (root / "archive" / IDENTITY_FILE).unlink()
    photos = root / "photos"
    draw_set(photos, photographs, seed)
    (photos / "testimony.txt").write_text(ARABIC_NOTE, encoding="utf-8")
    kit = create_kit(root / "kit", "source", "caesar", keys.card, "only a test", work_factor=10)
    keys.register(kit.public)
    with Vault.create(root / "vault", kit) as vault:
        capture([photos], vault, Options(workers=0))
    with Archive.open(keys.folder, identity) as archive:
        receive(archive, [root / "vault"])
    return Kept(keys.folder, identity, split(identity, 2, 3))


def temporary_root() -> Path:
    return Path(tempfile.mkdtemp(prefix="amana-web-"))


# --- the world of one test process ---------------------------------------------------------------

ROLES = ("administrator", "reviewer", "liaison", "investigator", "court", "auditor")
# Each room above the evidence has its own table and furniture.
ROOMS: tuple[Any, ...] = (cast_investigators, cast_courts, cast_families, cast_publication)
_world: World | None = None


@dataclass
class World:
    """The unlocked archive, its people, and one of everything that an address can name."""

    kept: Kept
    lockup: Any
    people: dict[str, Any]  # by role, "<role>-outsider" without rights
    things: dict[str, Any]

    @property
    def opened(self) -> Any:
        return self.lockup.opened


def world() -> World:
    """Made once a process: Django is set up for one archive."""
    global _world  # noqa: PLW0603 - one archive a process
    if _world is None:
        kept = make_archive(temporary_root())
        # Playwright keeps a loop in the thread of the tests; ours block it, and mean to.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        from amana_archive.server import prepare

        lockup = prepare(kept.folder, ["testserver", "127.0.0.1", "localhost"])
        for words in kept.shares[:2]:
            lockup.offer(words)
        _world = World(kept, lockup, {}, {})
        atexit.register(_leave, kept.folder.parent)
        _fill(_world)
    elif _world.lockup.status().locked:
        _world.lockup.open_with(_world.kept.identity)
    return _world


def _leave(root: Path) -> None:
    assert _world is not None
    _world.lockup.lock("end of tests")
    shutil.rmtree(root, ignore_errors=True)


def _fill(made: World) -> None:
    from amana_archive.access import accounts
    from amana_archive.access.models import Person
    from amana_archive.evidence import actions, cases, copies, exports
    from amana_archive.evidence.models import Collection, Item, Proposal, SavedSearch, Tag
    from amana_archive.intake.sync import sync

    opened = made.opened
    sync(opened)
    for role in ROLES:
        for name in (role, f"{role}-outsider"):
            login = name.replace("-", "")
            accounts.invite(opened, None, login, name, role)
            person = Person.objects.get(login=login)
            person.active = True
            person.save()
            made.people[name] = person
    collection = Collection.objects.get()
    for role in ("reviewer", "liaison", "investigator"):
        accounts.grant(opened, None, made.people[role], collection)
    reviewer, court = made.people["reviewer"], made.people["court"]
    items = [i for i in Item.objects.order_by("pk") if i.copy]
    case = cases.propose(opened, reviewer, items[:2], "two views of one card")
    cases.propose_act(opened, reviewer, case, Proposal.Kind.DISCLOSURE, "request 7", court)
    proposal = Proposal.objects.get()
    cases.decide(opened, made.people["liaison"], proposal, True, "agreed")
    waiting = cases.propose_act(
        opened, made.people["investigator"], case, Proposal.Kind.IDENTIFICATION, "by the card"
    )
    for number, value in (("detainee", "227"), ("branch", "9077"), ("death", "2935")):
        actions.add_reading(opened, reviewer, items[0], number, "read", value, 90)
    other = made.people["investigator"]
    actions.add_reading(opened, other, items[1], "detainee", "read", "221", 60)
    actions.add_reading(opened, reviewer, items[1], "detainee", "read", "227", 70)
    actions.add_note(opened, reviewer, items[0], "كُتب الرقم 227 / 9077 / 2935 على البطاقة")
    turned = [{"do": "rotate", "degrees": 90}]
    covered = [{"do": "cover", "box": [400, 100, 600, 300]}]
    copies.make_working_copy(opened, reviewer, items[0], covered, "a bystander's face")
    made.things = {
        "item": items[0],
        "collection": collection,
        "tagged": actions.add_tag(opened, reviewer, items[0], Tag.objects.get(code="jacket")),
        "made": copies.make_working_copy(opened, reviewer, items[0], turned, "upright"),
        "case": case,
        "proposal": waiting,
        "redaction": Proposal.objects.latest("pk"),
        "export": exports.ask(opened, other, items[:2], "for the expert", case),
        "disclosure": court.disclosures.get(),
        "person": made.people["reviewer-outsider"],
        "saved": SavedSearch.objects.create(
            person=made.people["investigator"], name="cards", query="q=card"
        ),
    }
    for room in ROOMS:
        room.furnish(made)


def browser_of(person: Any) -> Any:
    """A test client of somebody who has signed in; of nobody for None."""
    import secrets

    from django.test import Client
    from django.utils import timezone

    from amana_archive.access.models import SignIn
    from amana_archive.access.sessions import COOKIE, digest

    client = Client(headers={"accept-language": "en"})
    if person is not None:
        token = secrets.token_urlsafe(16)
        SignIn.objects.create(
            token=digest(token), person=person, pending=False, device="test", seen=timezone.now()
        )
        client.cookies[COOKIE] = token
    return client
