"""The key file of the family store, `web/families.keys.age`: who can open the store, and how.

    families.keys.age = age(to the archive's recipients,
        {v:1, asked, recovery{recipient, sealed}, liaisons{person: {key_file, recipient, sealed}}})
    sealed            = age(to that recipient, the 32 bytes of the database's key)

So the store opens only with both: the archive's key (two trustees) *and* a liaison's own
passphrase, or the recovery words. Neither alone says anything, and the file itself does not say how
many there are who can. In thirty years: `age -d -i archive families.keys.age`, then `age -d` of one
`sealed`, then `PRAGMA key` of SQLCipher 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.padding import pad, unpad
from amana.core.seal import check_recipient, seal
from amana.core.unseal import unseal
from amana.errors import BadKey, Malformed
from amana_archive.lockup.opened import Opened

FILE = "families.keys.age"
KEY_BYTES = 32
_LEAST = 16_384
_WHAT = "the key file of the family store"


@dataclass(frozen=True)
class Slot:
    """One liaison: a locker's key file under his passphrase, and the store's key sealed to it once
    somebody who has the key admits him (empty before)."""

    key_file: bytes
    recipient: str
    sealed: bytes = b""


@dataclass
class Keyfile:
    """`asked`: the administrator who asked for the store to be made, until another confirms."""

    asked: int | None = None
    recipient: str = ""
    recovery: bytes = b""
    slots: dict[int, Slot] = field(default_factory=dict)

    @property
    def is_made(self) -> bool:
        return bool(self.recovery)

    def admitted(self, person: int) -> Slot | None:
        slot = self.slots.get(person)
        return slot if slot is not None and slot.sealed else None


def to_bytes(keyfile: Keyfile) -> bytes:
    """Padded, so that the sealed file does not count the liaisons."""
    slots: Json = {
        str(person): {
            "key_file": b64(slot.key_file),
            "recipient": slot.recipient,
            "sealed": b64(slot.sealed),
        }
        for person, slot in keyfile.slots.items()
    }
    fields: Json = {
        "v": 1,
        "asked": keyfile.asked,
        "recovery": {"recipient": keyfile.recipient, "sealed": b64(keyfile.recovery)},
        "liaisons": slots,
    }
    return pad(canonical(fields), _LEAST)


def from_bytes(data: bytes) -> Keyfile:
    """Raises Malformed for anything but what `to_bytes` writes."""
    fields = parse(unpad(data), _WHAT)
    try:
        if not has_version(fields, 1):
            raise Malformed(what=_WHAT, reason="another version")
        recovery = fields["recovery"]
        made = Keyfile(
            asked=_asked(fields["asked"]),
            recipient=recovery["recipient"] and check_recipient(recovery["recipient"]),
            recovery=unb64(recovery["sealed"], _WHAT),
            slots={_person(name): _slot(slot) for name, slot in fields["liaisons"].items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError, BadKey):
        raise Malformed(what=_WHAT, reason="a field is missing or of another form") from None
    if bool(made.recipient) != bool(made.recovery):
        raise Malformed(what=_WHAT, reason="a recovery without its recipient, or the other way")
    return made


def _asked(value: object) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError
    return value


def _person(name: str) -> int:
    """A positive number as Python writes it: two names must not mean one person."""
    number = int(name)
    if str(number) != name or number < 1:
        raise ValueError
    return number


def _slot(fields: Json) -> Slot:
    return Slot(
        key_file=unb64(fields["key_file"], _WHAT),
        recipient=check_recipient(fields["recipient"]),
        sealed=unb64(fields["sealed"], _WHAT),
    )


def path_of(opened: Opened) -> Path:
    return opened.archive.folder / "web" / FILE


def load(opened: Opened) -> Keyfile:
    """The key file, or an empty one. Raises CannotOpen, Malformed."""
    path = path_of(opened)
    if not path.exists():
        return Keyfile()
    return from_bytes(unseal(path.read_bytes(), [opened.archive.identity], _WHAT))


def save(opened: Opened, keyfile: Keyfile) -> None:
    """Raises WriteFailed, NoSpace."""
    path, disk = path_of(opened), Disk()
    disk.make_folder(path.parent)
    disk.write_whole(path, seal(to_bytes(keyfile), opened.archive.card.recipients))
