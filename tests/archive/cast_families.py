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

LIAISON, ADMINISTRATOR = {"liaison"}, {"administrator"}
# Who may, of those with rights; whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {}


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
    return []
