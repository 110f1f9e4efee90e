"""A witness's own key: a folder with a locker under a passphrase and the seed sealed to it."""

from __future__ import annotations

from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import b64, canonical, parse, unb64
from amana.core.locker import WORK_FACTOR, Locker
from amana.core.sign import SEED_BYTES, Signer
from amana.errors import AlreadyThere, NotOurs
from amana.ledger.witness import cosigner

KEY_FILE, SEED_FILE, PUBLIC_FILE = "key.age", "witness.age", "witness.vkey"


def create_witness(
    folder: Path,
    name: str,
    passphrase: str,
    *,
    disk: Disk | None = None,
    work_factor: int = WORK_FACTOR,
) -> Signer:
    """Make a witness in `folder`, new or empty. Raises AlreadyThere, WeakPassphrase, BadKey."""
    disk = disk or Disk()
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyThere(path=str(folder))
    locker, key_file = Locker.create(passphrase, work_factor)
    signer = Signer.generate(name)
    vkey = cosigner(signer).vkey
    disk.make_folder(folder)
    disk.write_whole(folder / KEY_FILE, key_file)
    fields = {"v": 1, "name": name, "seed": b64(signer.seed)}
    disk.write_whole(folder / SEED_FILE, locker.seal(canonical(fields)))
    disk.write_whole(folder / PUBLIC_FILE, f"{vkey}\n".encode())
    return signer


def open_witness(folder: Path, passphrase: str) -> Signer:
    """Raises NotOurs, WrongPassphrase, CannotOpen, Malformed."""
    try:
        key_file, sealed = (folder / KEY_FILE).read_bytes(), (folder / SEED_FILE).read_bytes()
    except OSError:
        raise NotOurs(path=str(folder), expected="a witness") from None
    locker = Locker.open(passphrase, key_file, str(folder))
    fields = parse(locker.open_own(sealed, "the witness's key"), "witness key")
    return Signer(str(fields.get("name")), unb64(fields.get("seed"), "seed", SEED_BYTES))
