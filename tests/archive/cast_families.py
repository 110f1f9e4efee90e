"""Who may see the addresses of families: joined to the table of test_cast.py. And a family store
made by two administrators, open for every liaison of the cast in every session of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive_cast import World

PASSPHRASE = "the lamp stands by the window"
# Cheap scrypt: the cost is measured elsewhere.
WORK_FACTOR = 10
# A family that must be found nowhere but inside: distinctive, in both scripts.
NAMES = (
    ("official", "مازن سليم الحلبي"),
    ("other", "Mazen Salim Alhalabi"),
    ("patronymic", "مازن سليم خالد الحلبي"),
    ("mother", "Ghaliya Barazi"),
)

ROLES = ("administrator", "reviewer", "liaison", "investigator", "court", "auditor")
LIAISON, ADMINISTRATOR = {"liaison"}, {"administrator"}
# Who may, of those with rights; whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {
    "ask": ({*ROLES, "nobody"}, True),
    "families/store": (ADMINISTRATOR, True),
    "families/store/ask": (ADMINISTRATOR, True),
    "families/store/confirm": (ADMINISTRATOR, True),
    "families/words": ({"administrator", "liaison"}, True),
    "families/open": (LIAISON, True),
    "families/passphrase": (LIAISON, True),
    "families/recover": (LIAISON, True),
    "families/shut": (LIAISON, True),
    "families/people": (LIAISON, True),
    # The person of the cast is a reviewer: nobody can let him in.
    "families/people/<int:person>/admit": (set(), False),
    "families/people/<int:person>/dismiss": (set(), False),
    "families": (LIAISON, True),
    "families/new": (LIAISON, True),
    "families/<int:record>": (LIAISON, False),
    "families/<int:record>/change": (LIAISON, False),
    "families/<int:record>/name": (LIAISON, False),
    "families/<int:record>/photo": (LIAISON, False),
    "families/<int:record>/consent": (LIAISON, False),
    "families/<int:record>/state": (LIAISON, False),
    "families/<int:record>/phrase": (LIAISON, False),
    "families/<int:record>/share": (LIAISON, False),
    "families/<int:record>/erase": (LIAISON, False),
    "families/photos/<int:photo>": (LIAISON, False),
    "families/photos/<int:photo>/remove": (LIAISON, False),
    "families/erasures/<int:erasure>": (LIAISON, False),
    "families/erasures/<int:erasure>/erase": (LIAISON, False),
    "families/<int:record>/candidates": (LIAISON, False),
    "families/<int:record>/beside/<int:case>": (LIAISON, False),
    "families/<int:record>/beside/<int:case>/find": (LIAISON, False),
    "families/findings/<int:finding>/decide": (LIAISON, False),
    "families/findings/<int:finding>/reopen": (LIAISON, False),
    "cases/<int:case>/families": (LIAISON, False),
    "families/<int:record>/meetings": (LIAISON, False),
    "families/meetings/<int:meeting>": (LIAISON, False),
    "families/meetings/<int:meeting>/steps": (LIAISON, False),
    "families/meetings/<int:meeting>/steps/<int:step>": (LIAISON, False),
    "families/meetings/<int:meeting>/begin": (LIAISON, False),
    "families/meetings/<int:meeting>/shown": (LIAISON, False),
    "families/meetings/<int:meeting>/act": (LIAISON, False),
    # Nothing is in sight: the meeting of the cast has not begun.
    "families/meetings/<int:meeting>/picture": (set(), False),
    "families/meetings/<int:meeting>/minutes": (LIAISON, False),
    "families/<int:record>/letters": (LIAISON, False),
    "families/letters/<int:letter>": (LIAISON, False),
}


def furnish(made: World) -> None:
    """Add to `made.things` one of everything that this room's addresses name."""
    from amana_archive.access import accounts
    from amana_archive.access.models import Person
    from amana_archive.families.record import actions

    liaison, other = made.people["liaison"], made.people["liaison-outsider"]
    accounts.invite(made.opened, None, "secondliaison", "Salma", "liaison")
    second = Person.objects.get(login="secondliaison")
    Person.objects.filter(pk=second.pk).update(active=True)
    second.refresh_from_db()
    accounts.grant(made.opened, None, second, made.things["collection"])
    make_store(made, [liaison, other, second])
    open_in_every_session(made, [liaison, other, second])
    told = actions.Told(
        {
            "asker": "أم مازن",
            "contact": "through the society of the families",
            "language": "ar",
            "sex": "male",
            "born": "1984",
            "last_seen": "2012-04",
            "branch": "227",
            "arrested_at": "حمص",
            "marks": "a scar above the left eye",
        },
        tags=["jacket", "scar"],
        names=NAMES,
    )
    received = actions.receive(made.opened, liaison, told)
    actions.share(made.opened, liaison, received.record, second)
    made.things.update(record=received.record, second_liaison=second)
    made.things.update(_more(made, received.record, liaison, second))


def _more(made: World, record: Any, liaison: Any, second: Any) -> dict[str, Any]:
    """One of everything that hangs on a record. The second liaison proposed and asked, so that the
    liaison is the one who decides."""
    from amana_archive.families.letters import write
    from amana_archive.families.meetings import hold, prepare
    from amana_archive.families.reconcile import findings
    from amana_archive.families.record import actions, erasure

    case = made.things["case"]
    finding = findings.propose(made.opened, second, record, case, "identified", "the jacket")
    meeting = prepare.prepare(made.opened, liaison, record, "", "2026-12-03, 10:00", "the office")
    words = "We have read all that you told us."
    step = prepare.add_step(made.opened, liaison, meeting, "words", words)
    begun = prepare.prepare(made.opened, liaison, record, "")
    prepare.add_step(made.opened, liaison, begun, "words", words)
    hold.begin(made.opened, liaison, begun, support="a cousin", pictures=False, body=False)
    return {
        "begun": begun,
        "finding": finding,
        "meeting": meeting,
        "step": step,
        "letter": write.write(made.opened, liaison, record, "received"),
        "photo": actions.add_photo(made.opened, liaison, record, drawn(), "at a wedding, 2010"),
        "erasure": erasure.ask(made.opened, second, record),
    }


def drawn() -> bytes:
    """A photograph of nobody, with all that a telephone writes into one."""
    import io

    from PIL import Image

    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B] = "Example Optical", "EO-50", "Mazen Alhalabi"
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (34.7, 44.0, 1.0)
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def make_store(made: World, liaisons: list[Any]) -> None:
    from amana_archive.families.store import making

    for person in liaisons:
        making.prepare(made.opened, person, PASSPHRASE, WORK_FACTOR)
    making.ask(made.opened, made.people["administrator"])
    making.confirm(made.opened, made.people["administrator-outsider"])


def open_in_every_session(made: World, liaisons: list[Any]) -> None:
    """As if each liaison had typed the passphrase: now, and with every session that begins."""
    from django.db.models.signals import post_save

    from amana_archive.access.models import SignIn
    from amana_archive.families.store import making, openings

    key = making._key_of(made.opened, liaisons[0], PASSPHRASE)
    people = {person.pk for person in liaisons}

    def begun(sender: Any, instance: Any, **more: Any) -> None:
        if instance.person_id in people and instance.device == "test":
            openings.openings.open((instance.person_id, instance.pk), key)

    _opened.append(((liaisons[0].pk, 0), key))
    post_save.connect(begun, sender=SignIn, weak=False, dispatch_uid="families of the cast")
    open_store()


_opened: list[Any] = []


def open_store() -> None:
    """For tests that call functions: the store is open for the first liaison, outside a session."""
    from amana_archive.families.store.openings import openings

    openings.open(*_opened[0])


def pages(made: World) -> list[tuple[str, str, str]]:
    """(who, name, address) of every page that a person looks at, for axe and for the eye."""
    t = {name: getattr(thing, "pk", None) for name, thing in made.things.items()}
    record, meeting = f"/families/{t['record']}", f"/families/meetings/{t['meeting']}"
    return [
        ("", "family-slip", "/ask"),
        ("administrator", "family-store", "/families/store"),
        ("liaison", "families", "/families"),
        ("liaison", "family-open", "/families/open"),
        ("liaison", "family-people", "/families/people"),
        ("liaison", "family-intake", "/families/new"),
        ("liaison", "family-record", record),
        ("liaison", "family-change", f"{record}/change"),
        ("liaison", "family-shown", f"/families/meetings/{t['begun']}/shown"),
        ("liaison", "family-candidates", f"{record}/candidates"),
        ("liaison", "family-beside", f"{record}/beside/{t['case']}"),
        ("liaison", "family-of-case", f"/cases/{t['case']}/families"),
        ("liaison", "family-meeting", meeting),
        ("liaison", "family-erasure", f"/families/erasures/{t['erasure']}"),
    ]
