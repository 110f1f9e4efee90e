"""The whole operation, in order. Each step is a stage's public function; the rest is theatre."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from amana.disks.fill import FillReport, fill
from amana.disks.gather import gather
from amana.ports import Progress, silent
from amana.rehearsal import enquiries, old_disk
from amana.rehearsal.abroad import Vouched, court_verifies, make_dossier, unlocked, vouch
from amana.rehearsal.draw import draw_set
from amana.rehearsal.letters import fetch_all, give_to_sender, send_all
from amana.rehearsal.mishaps import Tampered, tamper
from amana.rehearsal.people import CODENAME, THRESHOLD, TRUSTEES, Cast, make_cast
from amana.rehearsal.sittings import three_sittings
from amana.rehearsal.story import Story
from amana.rehearsal.way import CONFISCATED, DISKS, ENOUGH, Journey, carry, custody, signers
from amana.reunite.archive import Archive
from amana.reunite.inventory import Inventory, inventory
from amana.reunite.open import receive
from amana.vault.store import Vault


def rehearse(
    folder: Path,
    photos: Path | None = None,
    *,
    items: int = 200,
    seed: int = 1,
    progress: Progress = silent,
) -> Story:
    """Carry `photos` (or `items` drawn ones) through everything, in `folder`, and tell the story.

    Raises what the stages raise: a rehearsal that ends early has failed.
    """
    return _Rehearsal(folder, seed, progress).run(photos, items)


@dataclass
class _Rehearsal:
    folder: Path
    seed: int
    progress: Progress
    story: Story = field(default_factory=Story)

    def run(self, photos: Path | None, items: int) -> Story:
        if photos is None:
            photos = self._draw(items)
        cast = self._keys()
        self._capture(photos, cast)
        self._mail(cast)
        filled, tampered = self._disks(cast)
        journey = self._couriers(cast, filled)
        with unlocked(self.folder, cast.unlock()) as archive:
            vouched = self._abroad(cast, archive)
            found = self._reunite(archive, journey, filled, tampered)
            self._old_copies(archive, found)
            self._dossier(cast, archive, found, vouched, journey)
        self._families(cast)
        (self.folder / "READ-ME.txt").write_text(_READ_ME, encoding="utf-8")
        return self.story

    @property
    def _vault(self) -> Path:
        return self.folder / "source" / "vault"

    # -- inside -------------------------------------------------------------------------------

    def _draw(self, items: int) -> Path:
        with self.story.stage("photographs") as stage:
            photos = self.folder / "photographs"
            drawn = draw_set(photos, items, self.seed, self.progress)
            stage.came_out = f"{len(drawn.files)} files drawn, {len(drawn.scenes)} scenes"
            stage.bytes = sum(path.stat().st_size for path in drawn.files)
        return photos

    def _keys(self) -> Cast:
        with self.story.stage("keys") as stage:
            cast = make_cast(self.folder)
            kits = 2 + len(cast.couriers)
            stage.came_out = f"archive key {THRESHOLD}-of-{TRUSTEES}, {kits} kits ({CODENAME})"
        return cast

    def _capture(self, photos: Path, cast: Cast) -> None:
        with self.story.stage("capture") as stage:
            done = three_sittings(
                photos, self._vault, cast.source, cast.passphrases[CODENAME], self.progress
            )
            troubles = [{"name": t.name, "reason": t.reason} for t in done.unreadable]
            skipped = [{"name": t.name, "reason": t.reason} for t in done.skipped]
            self.story.facts |= {"items": done.items, "unreadable": troubles, "skipped": skipped}
            self.story.facts |= {"killed": done.killed}
            stage.went_in = "3 sittings" + (", one killed by SIGKILL" if done.killed else "")
            stage.came_out = f"{done.items} items sealed"
            stage.lost = "the batch in flight" if done.killed else ""
            again = "captured again; " if done.repaired else ""
            stage.found = f"{again}{len(troubles)} unreadable, {len(skipped)} skipped, all listed"
            stage.bytes = done.bytes_read

    def _mail(self, cast: Cast) -> None:
        with self.story.stage("mail") as stage:
            packs = self.folder / "sender" / "packs"
            stage.bytes = give_to_sender(self._vault, packs)
            posted = send_all(self.folder, cast, self.seed, self.progress)
            self.story.facts |= {
                "letters_sent": posted.report.letters_sent,
                "letters_lost": posted.mishaps.lost,
            }
            stage.went_in = f"{posted.report.packs} packs of copies"
            stage.came_out = f"{posted.report.letters_sent} letters over SMTP"
            stage.lost = (
                f"{posted.mishaps.lost} swallowed, {posted.mishaps.damaged} altered, 1 forged, "
                f"{posted.mishaps.twice} twice"
            )

    def _disks(self, cast: Cast) -> tuple[FillReport, Tampered]:
        with self.story.stage("disks") as stage:
            # One with the archive's key changes a photograph before the disks are written.
            tampered = tamper(self._vault, cast.unlock(), cast.keys.card.recipients, self.seed)
            places = [self.folder / "disks" / str(n) for n in range(1, DISKS + 1)]
            for place in places:
                place.mkdir(parents=True)
            with Vault.open(self._vault, locker=cast.source.locker) as vault:
                filled = fill(vault, places, any_k=ENOUGH, progress=self.progress)
            self.story.facts |= {"disks": DISKS}
            stage.went_in = f"{filled.packs} packs"
            stage.came_out = f"{DISKS} disks, any {ENOUGH} suffice"
            stage.lost = "1 original tampered with"
            stage.bytes = filled.bytes
        return filled, tampered

    def _couriers(self, cast: Cast, filled: FillReport) -> Journey:
        with self.story.stage("couriers") as stage:
            journey = carry(self.folder, cast, filled.set_id, filled.vkey, self.seed)
            self.story.facts |= {
                "disks_lost": DISKS - len(journey.arrived),
                "impostors_refused": journey.impostors_refused,
            }
            stage.went_in = f"{DISKS} disks, 4 couriers, 2 legs; {journey.led} person led"
            stage.came_out = (
                f"{journey.meetings} meetings, {journey.told} in words alone, "
                f"{len(journey.arrived)} disks arrived"
            )
            stage.lost = f"disk {CONFISCATED} and a card confiscated, bits of a disk flipped"
            stage.found = (
                f"{journey.impostors_refused} impostor refused, {journey.revoked} card revoked, "
                f"disk {CONFISCATED} made again from the others"
            )
        return journey

    # -- abroad -------------------------------------------------------------------------------

    def _abroad(self, cast: Cast, archive: Archive) -> Vouched:
        with self.story.stage("abroad") as stage:
            fetched = fetch_all(self.folder, cast, self.progress)
            self.story.facts |= {
                "letters_refused": fetched.refused_count,
                "letters_refused_why": [r.reason for r in fetched.refused],
            }
            opened = receive(archive, [self.folder / "archive" / "inbox"], progress=self.progress)
            counts = inventory(archive).counts
            ledger = inventory(archive).ledgers()[0]
            vouched = vouch(archive, str(ledger["ledger"]), self.folder)
            proved = counts["copy_only"] + counts["record_only"] + counts["reunited"]
            self.story.facts |= {"checkpoint": vouched.note, "copies": _copies(archive)}
            stage.went_in = f"{fetched.letters + fetched.duplicates} letters, 2 trustees"
            stage.came_out = (
                f"{opened.packs_opened} packs opened, {proved} items as the checkpoint says, "
                f"{vouched.tokens} time stamps, 1 witness"
            )
            stage.found = f"{fetched.refused_count} letters refused"
            stage.bytes = opened.bytes
        return vouched

    def _reunite(
        self, archive: Archive, journey: Journey, filled: FillReport, tampered: Tampered
    ) -> Inventory:
        with self.story.stage("reunite") as stage:
            disks = [self.folder / "disks" / str(n) for n in journey.arrived]
            inbox = self.folder / "archive" / "from-disks"
            gathered = gather(disks, inbox, vkey=filled.vkey, progress=self.progress)
            received = receive(archive, [inbox], progress=self.progress)
            found = inventory(archive)
            altered = list(found.items("altered"))
            names = sorted({str(item.record.original["path"]) for item in altered})
            missing = found.missing - sum(item.side == "original" for item in altered)
            self.story.facts |= {
                "reunited": found.counts["reunited"],
                "missing": missing,
                "tampered": names,
                "tampered_planted": tampered.name,
                "states": found.counts,
            }
            stage.went_in = f"{len(disks)} of {DISKS} disks"
            stage.came_out = f"{found.counts['reunited']} items reunited, {missing} missing"
            stage.found = (
                f"{len(gathered.damaged)} damaged files mended, tampered: {', '.join(names)}"
            )
            stage.bytes = received.bytes
        return found

    def _old_copies(self, archive: Archive, found: Inventory) -> None:
        with self.story.stage("old copies") as stage:
            if not old_disk.able():
                stage.found = "left out: needs the archive's extra (pip install amana[archive])"
                return
            place = self.folder / "archive" / "old-disk"
            old = old_disk.bring(place, archive, found, self.seed, self.progress)
            self.story.facts["old_copies"] = asdict(old)
            stage.went_in = f"a disk of {old.brought} copies without records"
            stage.came_out = f"{old.right} matched by picture, {old.person} left to a person"
            stage.lost = "re-saved, cropped, renamed"
            stage.found = "proposed, not proved: the ledger does not vouch"
            if old.wrong:
                stage.found = f"{old.wrong} proposed WRONGLY"

    def _dossier(
        self,
        cast: Cast,
        archive: Archive,
        found: Inventory,
        vouched: Vouched,
        journey: Journey,
    ) -> None:
        with self.story.stage("dossier") as stage:
            identity = cast.unlock()
            receipts, chains = custody(journey, identity)
            out = self.folder / "court" / "dossier"
            office = cast.keys.open_office([identity])
            report = make_dossier(
                archive, found, vouched, receipts, chains, signers(journey), out, office.signer
            )
            checks = court_verifies(out, report.key)
            self.story.facts["dossier"] = {
                "path": str(out),
                "verified": all(checks.values()),
                "verified_by": checks,
                "items": report.items,
            }
            self.story.facts["custody"] = [chain.to_json() for chain in chains]
            stage.went_in = f"{report.items} items of one case"
            good = [name for name, ok in checks.items() if ok]
            stage.came_out = f"verified by {', '.join(good) or 'NOBODY'}"
            bad = [name for name, ok in checks.items() if not ok]
            stage.found = f"NOT verified by {', '.join(bad)}" if bad else "no key needed"
            stage.bytes = report.bytes
        shutil.rmtree(self.folder / "impostor", ignore_errors=True)

    def _families(self, cast: Cast) -> None:
        with self.story.stage("families") as stage:
            stage.went_in = "2 families ask"
            if not enquiries.able():
                stage.found = "left out: needs the archive's extra (pip install amana[archive])"
                return
            letters = self.folder / "families"
            told = enquiries.answer(self.folder / "archive", cast.unlock(), letters)
            if isinstance(told, str):
                stage.found = f"left out: {told}"
                return
            self.story.facts["families"] = asdict(told)
            stage.came_out = (
                f"{told.identified['number']} identified by two people, told in a meeting; "
                f"{told.not_found['number']} not found, and told so"
            )
            stage.found = f"{told.letters} letters; {len(told.not_found['excluded'])} case excluded"


def _copies(archive: Archive) -> int:
    """Items whose copy is here, and is the one that their record names."""
    return sum(1 for item in inventory(archive).items("copy_only") if item.record.copy)


_READ_ME = """\
A rehearsal of Amana. Nothing here protects anybody: the keys were made for it, and lie open.

source/      the kit and the vault of the source: try to learn anything from it
sender/      sealed copies, and a sealed journal of the letters sent
mailbox/     every letter as it went over the wire (those that were not swallowed)
couriers/    what each of the four carried: a sealed card, sealed receipts
disks/       five disks, any three suffice. Disk 2 was confiscated, disk 4 damaged
archive/     keys, inboxes, the sealed store, the ledger, routes and time stamps
families/    the letters that two families were given, one found and one not
court/       the dossier: begin with its HOW-TO-VERIFY
trustees/    three shares, and, ONLY BECAUSE THIS IS A REHEARSAL, the archive's secret key in clear

    age -d -i trustees/archive-identity.txt source/vault/copies/000001.age | tar tv
    cd court/dossier && sha256sum -c manifest-sha256.txt
"""
