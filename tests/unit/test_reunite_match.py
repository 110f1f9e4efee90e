"""Matching without records: what is found, what is left to a person, what is not confused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from benchmarks.reunite_natural import jpeg, render
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from tests.unit.reunite_support import Source, new_archive, sha
from tests.unit.reunite_support import receive_here as receive

from amana.core.unseal import Identity
from amana.errors import CannotOpen, Malformed
from amana.rehearsal.draw import draw_set
from amana.reunite import matching, proposals
from amana.reunite import pictures as pictures_module
from amana.reunite.align import compare
from amana.reunite.brief import Brief
from amana.reunite.group import propose
from amana.reunite.match import MATCHED, NONE, PERSON_NEEDED, Match, Matcher, assign
from amana.reunite.matching import match_archive, match_folders
from amana.reunite.picture import TURNS, fingerprint, from_bytes, to_bytes
from amana.reunite.pictures import Gathered, Picture, folder_files, gather
from amana.reunite.prints import Prints
from amana.reunite.readings import NumberRead, Reading, Readings
from amana.reunite.remains import NOTHING
from amana.reunite.score import log_odds
from amana.reunite.squares import Square

# Scene 500 is vivid, 503 looks like 502; the last frame of 504 is nowhere.
SCENES, FRAMES = 5, 3


@pytest.fixture(scope="module")
def originals() -> dict[tuple[int, int], Image.Image]:
    return {(s, f): render(s + 500, f) for s in range(SCENES) for f in range(FRAMES)}


@pytest.fixture(scope="module")
def matcher(originals: dict[tuple[int, int], Image.Image]) -> Matcher:
    prints = Prints()
    for key, picture in originals.items():
        if key != (4, 2):
            prints.add(sha(str(key).encode()), fingerprint(jpeg(picture)))
    return Matcher(prints)


def small(picture: Image.Image, side: int = 480) -> Image.Image:
    picture = picture.copy()
    picture.thumbnail((side, side))
    return picture


CHANGES = {
    "480": (small, 40),
    "200": (lambda p: small(p, 200), 50),
    "grey": (lambda p: ImageOps.grayscale(small(p)), 50),
    "crop 5": (lambda p: small(p.crop((20, 8, 628, 464))), 60),
    "crop 10": (lambda p: small(p.crop((50, 10, 626, 442))), 60),
    "turn 2": (lambda p: small(p.rotate(2, Image.Resampling.BICUBIC)), 60),
    "quarter": (lambda p: small(p.transpose(Image.Transpose.ROTATE_270)), 60),
    "half": (lambda p: small(p.transpose(Image.Transpose.ROTATE_180)), 60),
    "mirror": (lambda p: small(ImageOps.mirror(p)), 60),
    "frame": (lambda p: small(ImageOps.expand(p, 24, (250, 250, 250))), 60),
}


@pytest.mark.parametrize("change", CHANGES)
def test_copies_find_their_originals_and_not_the_next_frame(
    matcher: Matcher, originals: dict[tuple[int, int], Image.Image], change: str
) -> None:
    alter, quality = CHANGES[change]
    copies = Prints()
    keys = list(originals)
    for key, picture in originals.items():
        copies.add(sha(str(key).encode()), fingerprint(jpeg(alter(picture), quality)))
    matches = matcher.match(copies)
    truth = {key: place for place, key in enumerate(k for k in keys if k != (4, 2))}
    matched = [m for m in matches if m.state == MATCHED]
    assert all(m.original == truth.get(keys[m.copy]) for m in matched)
    assert len(matched) >= len(keys) - 4
    for match in matches:
        if keys[match.copy] != (4, 2):
            assert match.original == truth[keys[match.copy]], "found, if only for a person"
    if change == "mirror":
        assert {m.how for m in matched} == {"mirrored"}


def test_strangers_match_nothing(matcher: Matcher) -> None:
    copies = Prints()
    for scene in range(900, 908):
        copies.add(sha(str(scene).encode()), fingerprint(jpeg(small(render(scene, 0)))))
    assert {m.state for m in matcher.match(copies)} == {NONE}


def test_two_copies_of_one_original_say_so() -> None:
    sure = [Match(0, MATCHED, 7, 0.9999), Match(1, MATCHED, 7, 0.9985), Match(2, NONE)]
    assign(sure)
    assert [m.shared_with for m in sure] == [[1], [0], []]
    assert [m.state for m in sure] == [MATCHED, MATCHED, NONE]


@pytest.mark.parametrize("score", [0.5, 0.95, 0.997])
def test_where_another_has_the_better_claim_sure_is_not_enough(score: float) -> None:
    """It may be the next frame, whose own original is not here."""
    state = MATCHED if score > 0.9 else PERSON_NEEDED
    rivals = [Match(0, MATCHED, 7, 0.9999), Match(1, state, 7, score)]
    assert [m.state for m in assign(rivals)] == [MATCHED, PERSON_NEEDED]
    alone = [Match(0, MATCHED, 8, 0.9999), Match(1, state, 7, score)]
    assert [m.state for m in assign(alone)] == [MATCHED, state]


def test_turns_are_what_the_hash_says() -> None:
    picture = np.asarray(render(3, 0).resize((256, 256)))
    found = fingerprint(jpeg(Image.fromarray(picture), 95))
    for number, turn in enumerate(TURNS):
        turned = Image.fromarray(np.ascontiguousarray(turn(picture)))
        other = fingerprint(jpeg(turned, 95)).whole.hashes[0]
        # Of any other turn it is about 128 away.
        assert np.unpackbits(found.whole.hashes[number] ^ other).sum() <= 64


def test_alignment_finds_the_map() -> None:
    whole = render(11, 0)
    crop = whole.crop((32, 24, 32 + 576, 24 + 432))
    found = compare([(square_of(crop, 95), square_of(whole, 95))])
    assert found.maps[0] == pytest.approx(np.array([[0.9, 0, 0], [0, 0.9, 0]]), abs=0.01)
    assert found.features[0, 0] > 0.99
    assert len(compare([]).features) == 0


def square_of(picture: Image.Image, quality: int) -> Square:
    found = fingerprint(jpeg(picture, quality))
    return found.whole.square(found.longest)


def odds_of(copy: Image.Image, original: Image.Image, quality: int = 60) -> float:
    compared = compare([(square_of(copy, quality), square_of(original, 90))])
    return float(log_odds(compared.features)[0])


@pytest.mark.parametrize("light", [0.75, 1.25])
@pytest.mark.parametrize("scene", [500, 502])
def test_colours_burnt_out_are_no_difference_and_a_burst_is(scene: int, light: float) -> None:
    """Scene 500 is as vivid as paint: made brighter, its channels burn out one at a time."""
    original = render(scene, 0)
    copy = ImageEnhance.Brightness(small(original)).enhance(light)
    assert odds_of(copy, original) > 1.5
    assert odds_of(copy, render(scene, 3)) < 0, "one thing was moved"


@pytest.mark.parametrize(("scene", "frame"), [(1000169, 0), (1000220, 2), (1000733, 1)])
def test_what_burnt_out_does_not_draw_the_map_aside(scene: int, frame: int) -> None:
    """Mostly white when made brighter: the map lay a third of a pixel beside, and every edge with
    it (169, 733); or a burnt channel had its say in what edges look like (220)."""
    original = render(scene, frame)
    copy = ImageEnhance.Brightness(small(original)).enhance(1.25)
    assert odds_of(copy, original) > 1


def test_copies_of_every_size_and_the_picture_itself() -> None:
    """Sizes and qualities that no weight was fitted on: the model must not turn round out there."""
    large = render(501, 0).resize((1600, 1200), Image.Resampling.LANCZOS)
    for side, quality in ((1600, 95), (1600, 40), (1000, 70), (320, 40), (160, 60)):
        assert odds_of(small(large, side), large, quality) > 1, (side, quality)
        assert odds_of(small(render(501, 3), side), large, quality) < -3, (side, quality)


STYLES = {
    "soft": lambda p: p.filter(ImageFilter.GaussianBlur(6)),
    "very soft": lambda p: p.filter(ImageFilter.GaussianBlur(14)),
    "flat": lambda p: ImageEnhance.Contrast(p).enhance(0.25),
    "dark": lambda p: ImageEnhance.Brightness(p).enhance(0.2),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("scene", [500, 501, 504])
def test_pictures_without_much_in_them(scene: int, style: str) -> None:
    """None of these was drawn for the weights. Real pictures are like them more often than not."""
    original, other = (STYLES[style](render(scene, frame)) for frame in (0, 3))
    own, burst = (odds_of(small(original), held, 40) for held in (original, other))
    assert own > 1
    assert burst < -1


def test_what_was_given_up_is_never_proposed() -> None:
    given_up = np.repeat(NOTHING[None], 4, 0)
    given_up[:, 0] = [0, 0.3, 0.59, 0.89]
    odds = log_odds(given_up)
    assert odds.max() < -5
    assert (np.diff(odds) > 0).all(), "the nearest stranger is still the nearest"


def test_a_plain_picture_is_left_to_a_person() -> None:
    """The hash finds it, and there is nothing that the second look could hold on to."""
    dark = Image.new("L", (640, 480), 0)
    ImageDraw.Draw(dark).ellipse((100, 80, 400, 300), 4)
    ImageDraw.Draw(dark).rectangle((350, 250, 600, 460), 3)
    prints = Prints()
    for number, picture in enumerate((dark, render(500, 0))):
        prints.add(sha(bytes([number])), fingerprint(jpeg(picture)))
    copies = Prints()
    copies.add(sha(b"copy"), fingerprint(jpeg(small(dark), 60)))
    (match,) = Matcher(prints).match(copies)
    assert (match.state, match.original) == ("needs_a_person", 0)


def test_what_was_moved_counts_where_both_are_white() -> None:
    """A white thing on white paper: what is burnt out on both sides is passed over, and no more."""
    original = render(502, 0)
    moved = original.copy()
    ImageDraw.Draw(moved).ellipse((300, 200, 330, 230), (255, 255, 255))
    assert odds_of(small(moved), original) < 0 < odds_of(small(original), original)


def test_a_look_alike_is_not_it() -> None:
    """Scene 503 is the room of 502 with other things in it."""
    assert odds_of(small(render(503, 0)), render(502, 0)) < -3


def test_a_fingerprint_survives_being_bytes() -> None:
    for picture in (render(1, 0), ImageOps.expand(render(1, 0), 30, (0, 0, 0))):
        found = fingerprint(jpeg(picture))
        again = from_bytes(to_bytes(found))
        assert to_bytes(again) == to_bytes(found)
        assert (again.inner is None) == (found.inner is None)
    with pytest.raises(Malformed):
        from_bytes(to_bytes(found)[:-1])


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff" + bytes(50), b"%PDF-1.4"])
def test_no_picture_is_said(data: bytes) -> None:
    with pytest.raises(CannotOpen):
        fingerprint(data)


def make_folders(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old copies", tmp_path / "originals"
    for folder in (old, new):
        folder.mkdir()
    for number in range(4):
        picture = render(700 + number, 0)
        (new / f"DSC_{number}.JPG").write_bytes(jpeg(picture))
        (old / f"صورة {number}.jpg").write_bytes(jpeg(small(picture), 40))
    (old / "again.jpg").write_bytes((old / "صورة 0.jpg").read_bytes())
    (old / "broken.jpg").write_bytes(jpeg(picture)[:300])
    (old / "stranger.jpg").write_bytes(jpeg(small(render(999, 0))))
    (old / "link.jpg").symlink_to("/etc/passwd")
    return old, new


def test_folders_end_to_end(tmp_path: Path) -> None:
    old, new = make_folders(tmp_path)
    result = match_folders(old, new, cases=True)
    assert (result["copies"], result["originals"], result["matched"]) == (5, 4, 4)
    assert [u["what"] for u in result["unreadable"]] == ["broken.jpg"]
    found = {m["copy"]: m.get("original") for m in result["matches"]}
    assert found["صورة 2.jpg"] == "DSC_2.JPG"
    assert found["stranger.jpg"] is None
    assert ["again.jpg", "صورة 0.jpg"] in result["twins"]


def test_a_decision_carries_a_name_and_is_logged_first(tmp_path: Path) -> None:
    old, new = make_folders(tmp_path)
    path = tmp_path / "proposed.json"
    proposals.write(match_folders(old, new), path)
    log: list[dict[str, object]] = []

    def act(name: str, **fields: object) -> None:
        log.append({"act": name, **fields})

    entry = proposals.decide(path, "صورة 1.jpg", "confirmed", "R. Haddad", log=act)
    assert entry["confirmed_by"] == "R. Haddad"
    assert log[0]["act"] == "confirmed match"
    kept = {m["copy"]: m for m in json.loads(path.read_text("utf-8"))["matches"]}
    assert kept["صورة 1.jpg"]["decision"] == "confirmed"
    assert kept["صورة 2.jpg"]["decision"] == "proposed"
    for copy, by in (("stranger.jpg", "R. Haddad"), ("صورة 1.jpg", " ")):
        with pytest.raises(Malformed):
            proposals.decide(path, copy, "confirmed", by, log=act)

    def full(name: str, **fields: object) -> None:
        raise OSError("the ledger cannot be written")

    with pytest.raises(OSError, match="ledger"):
        proposals.decide(path, "صورة 2.jpg", "confirmed", "R. Haddad", log=full)
    kept = {m["copy"]: m for m in json.loads(path.read_text("utf-8"))["matches"]}
    assert kept["صورة 2.jpg"]["decision"] == "proposed"


def test_against_an_archive_and_what_is_kept_says_nothing(tmp_path: Path) -> None:
    old, _ = make_folders(tmp_path)
    identity = Identity.generate()
    source = Source(identity, tmp_path / "inbox")
    pictures = [jpeg(render(700 + number, 0)) for number in range(3)]
    source.both([source.add(data, None) for data in pictures])
    source.checkpoint()
    with new_archive(tmp_path / "archive", identity, source) as archive:
        receive(archive, [source.inbox])
        result = match_archive(old, archive)
        assert (result["matched"], result["none"]) == (3, 2)
        found = fingerprint(pictures[0])
        files = sorted(archive.folder.glob("prints*"))
        assert {"prints.sqlite", "prints-of-copies.sqlite"} <= {file.name for file in files}
        for kept in (file.read_bytes() for file in files):
            for part in (found.whole.hashes[0], found.crops[4], found.whole.grey[40]):
                assert part.tobytes() not in kept
        # The next time nothing is looked at again: no picture is decoded, on either side.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pictures_module.Workers, "results", decoded_again)
            assert match_archive(old, archive)["matched"] == 3


def test_a_number_counts_only_where_one_was_surely_read() -> None:
    def number(value: str, confidence: int) -> NumberRead:
        return NumberRead(value, "ascii", confidence, (0,) * 8, 0, 0)

    class Kept:
        def get(self, original: str) -> Reading | None:
            read = {"a": [("1234", 99)], "b": [("12?4", 99)], "c": [("1234", 60)]}
            read["d"] = [("1234", 99), ("77", 99)]
            if original not in read:
                return None
            return Reading(
                1, original, "original", "", numbers=tuple(number(*n) for n in read[original])
            )

    held = Gathered([Picture(name, name, place) for place, name in enumerate("abcde")])
    matches = [Match(place + 10, MATCHED, place, 1.0) for place in range(5)]
    matches.append(Match(20, "needs_a_person", 0, 0.5))
    assert matching._numbers(cast(Readings, Kept()), matches, held) == {10: "1234"}


def decoded_again(self: object, asked: list[bytes]) -> Iterator[object]:
    # The broken picture has no fingerprint, so it is tried again each time.
    assert len(asked) <= 1
    return iter([(data, CannotOpen(what="the picture", reason="broken")) for data in asked])


def test_views_in_a_row_are_proposed_as_a_case(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path / "set", photographs=18, seed=4)
    prints = Prints()
    names = gather(folder_files(tmp_path / "set"), prints)
    place = {p.name: p.place for p in names.pictures}
    groups = propose(prints, list(place.values()))
    of = {member: number for number, group in enumerate(groups.cases) for member in group}
    scenes = [[place[str(f.relative_to(tmp_path / "set"))] for f in s] for s in drawn.scenes]
    together = sum(len({of.get(p, -p) for p in scene}) == 1 for scene in scenes)
    assert together == len(scenes)
    mixed = [g for g in groups.cases if sum(bool(set(g) & set(s)) for s in scenes) > 1]
    assert len(mixed) <= 1


def test_names_and_numbers_make_cases_and_part_them() -> None:
    """Without EXIF: neighbours by their counter are one case, unless two numbers were read."""
    prints = Prints()
    for scene, frame in ((502, 0), (502, 1), (502, 2), (506, 0)):
        prints.add(sha(f"{scene} {frame}".encode()), fingerprint(jpeg(small(render(scene, frame)))))
    names = {0: "DSC_0411.jpg", 1: "DSC_0412.jpg", 2: "DSC_0413.jpg", 3: "DSC_0414.jpg"}
    assert propose(prints, names=names).cases == [[0, 1, 2]]
    parted = propose(prints, names=names, numbers={0: "1234", 2: "1235"}).cases
    assert all(not {0, 2} <= set(group) for group in parted)
    assert propose(prints, names=names).twins == []


def test_one_picture_under_two_names_saved_twice() -> None:
    prints = Prints()
    picture = render(502, 0)
    for number, copy in enumerate((small(picture), small(picture, 320), small(render(502, 3)))):
        prints.add(sha(bytes([number])), fingerprint(jpeg(copy, 60 - 10 * number)))
    assert propose(prints).twins == [[0, 1]]


def test_ten_thousand_more_do_not_redo_the_first_million(
    originals: dict[tuple[int, int], Image.Image],
) -> None:
    """At small scale: after the first, only what is new is read, and only its small part."""
    found = fingerprint(jpeg(small(originals[0, 0])))
    prints = Prints()
    for number in range(60):
        prints.add(sha(bytes([number])), found)
    matcher = Matcher(prints)
    assert len(matcher.index) == 60
    for number in range(60, 75):
        prints.add(sha(bytes([number])), found)
    read: list[int] = []
    whole, briefs = prints.get, prints.briefs

    def counted(start: int = 0) -> Iterator[Brief]:
        for brief in briefs(start):
            read.append(start)
            yield brief

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prints, "briefs", counted)
        patch.setattr(prints, "get", lambda place: pytest.fail("a square was read"))
        assert matcher.refresh() == 15
        assert read == [60] * 15
        assert matcher.refresh() == 0
    assert whole(74).width == found.width
    # What stays in memory of each: 10 hashes of 32 bytes.
    assert matcher.index.memory == 75 * 320


def test_rows_say_nothing_by_their_length(tmp_path: Path) -> None:
    lengths = set()
    for number, camera in enumerate(("", "Canon", "NIKON CORPORATION NIKON D70 " * 4)):
        found = replace(fingerprint(jpeg(render(502, 0))), camera=camera)
        with closing(Prints(tmp_path / f"{number}.sqlite")) as prints:
            prints.add(sha(b"one"), found)
            assert (prints.brief(0).camera, prints.get(0).camera) == (camera, camera)
        with closing(sqlite3.connect(tmp_path / f"{number}.sqlite")) as db:
            lengths.add(
                db.execute(
                    "SELECT length(brief.closed), length(print.closed) FROM brief JOIN print"
                    " USING (id)"
                ).fetchone()
            )
    assert len(lengths) == 1


def test_a_store_of_an_older_form_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "prints.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE print (id INTEGER PRIMARY KEY, tag BLOB, closed BLOB)")
        db.execute("INSERT INTO print (tag, closed) VALUES (x'00', x'00')")
        db.commit()
    with closing(Prints(path)) as prints:
        assert len(prints) == 0
        assert prints.add(sha(b"one"), fingerprint(jpeg(render(502, 0)))) == 0


def test_an_executor_gives_the_same(
    matcher: Matcher, originals: dict[tuple[int, int], Image.Image]
) -> None:
    copies = Prints()
    for key in ((0, 0), (2, 1)):
        copies.add(sha(str(key).encode()), fingerprint(jpeg(small(originals[key]), 40)))
    with ThreadPoolExecutor(2) as pool:
        shared = Matcher(matcher._originals, matcher.index, executor=pool)
        assert shared.match(copies) == matcher.match(copies)


def test_a_frame_is_seen_through() -> None:
    framed = ImageOps.expand(render(5, 0), 40, (12, 12, 12))
    ImageDraw.Draw(framed).point((300, 20), (30, 30, 30))
    assert fingerprint(jpeg(framed)).inner is not None
    assert fingerprint(jpeg(render(5, 0))).inner is None
