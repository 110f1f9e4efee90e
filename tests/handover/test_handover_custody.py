"""The chain of custody: what is proved, missing, contradicts; words told; routes planned anew."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from handover_cast import LEGS, MANIFEST, Cast, Wire, clock, run_meeting, sound
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from amana.core.encoding import b64, canonical, parse
from amana.core.ids import new_id
from amana.core.sign import Signer
from amana.errors import Malformed, MeetingCut, NotProved, UsageProblem
from amana.handover import custody, entries, meet, plan, receipts, route, spoken, words
from amana.handover.custody_pdf import TEXTS as REPORT_TEXTS
from amana.handover.custody_pdf import custody_pdf
from amana.handover.findings import _TEXTS
from amana.handover.hand import Hand
from amana.handover.machine import Role, Standing
from amana.kits.kit import create_kit


def walked(cast: Cast) -> tuple[plan.Plan, list[bytes]]:
    made = cast.plan()
    first, middle, last = cast.hands(made)
    run_meeting(first, middle)
    run_meeting(middle, last)
    return made.plan, cast.receipts(last)


def resigned(statement: dict, cards: route.RoutePlan, leg: int) -> bytes:
    """A receipt that both hands of a leg really signed, whatever it says."""
    giving, taking = cards.opened_cards[leg], cards.opened_cards[leg + 1]
    seeds = (giving.give or taking.take).seed, taking.take.seed
    return receipts.to_bytes(
        statement, receipts.sign(statement, seeds[1]), receipts.sign(statement, seeds[0])
    )


def test_the_plan_survives_its_bytes_and_names_no_place(cast: Cast) -> None:
    made = cast.plan()
    assert plan.parse_plan(made.plan.to_bytes()) == made.plan
    text = made.plan.to_bytes().decode()
    for leg in LEGS:
        assert leg.where not in text
        assert leg.when not in text


def test_a_missing_receipt_is_a_gap_and_the_rest_still_counts(cast: Cast) -> None:
    made, opened = walked(cast)
    by_leg = {receipts.open_receipt(r).giver: r for r in opened}
    second = by_leg[made.legs[1].giver]
    report = custody.verify([second], made)
    assert [e.how_proved for e in report.chain] == ["missing", "signed"]
    assert report.gaps == ["leg 1 (heron → lynx): no receipt"]
    assert report.arrived == (1, 2, 3)
    assert not report.broken
    assert not custody.verify([], made).intact


def test_only_the_takers_half_is_called_so(cast: Cast) -> None:
    made = cast.plan()
    first, middle, _ = cast.hands(made)
    run_meeting(first, middle, wire=Wire(lambda n, m: None if n == 5 else m))
    report = custody.verify(cast.receipts(middle), made.plan)
    assert report.chain[0].how_proved == "half"
    assert "only the taker has signed" in report.gaps[0]


def test_a_seal_that_changed_is_remarked_and_a_manifest_that_changed_breaks(cast: Cast) -> None:
    made = cast.plan()
    first, middle, last = cast.hands(made)
    run_meeting(first, middle, {1: MANIFEST}, seal_number="A-17")
    run_meeting(middle, last, {1: bytes(32)}, seal_number="B-2")
    report = custody.verify(cast.receipts(last), made.plan)
    assert "leg 2: disk 1 had the seal 'A-17', now 'B-2'" in report.remarks
    assert report.broken == ["leg 2: disk 1 has another manifest than before"]


def test_receipts_of_another_route_do_not_count(cast: Cast) -> None:
    made, _ = walked(cast)
    other = cast.plan("other")
    hands = cast.hands(other, "other")
    run_meeting(hands[0], hands[1])
    report = custody.verify(cast.receipts(hands[1]), made)
    assert [e.how_proved for e in report.chain] == ["missing", "missing"]


def test_a_turned_order_is_broken(cast: Cast) -> None:
    made = cast.plan()
    first, middle, last = cast.hands(made)
    run_meeting(first, middle)
    onward = made.opened_cards[0].give.onward
    opened = made.opened_cards[1].opened(onward)
    run_meeting(middle, last)
    good = [receipts.open_receipt(r) for r in cast.receipts(last)]
    second = next(r for r in good if r.giver == made.plan.legs[1].giver)
    turned = {**second.statement, "former": b64(made.plan.anchor), "time": "2026-03-01T12:00:00Z"}
    forged = receipts.to_bytes(
        turned,
        receipts.sign(turned, made.opened_cards[2].take.seed),
        receipts.sign(turned, opened.give.seed),
    )
    one = next(r for r in cast.receipts(last) if receipts.open_receipt(r).giver != second.giver)
    report = custody.verify([one, forged], made.plan)
    assert any("does not follow" in text for text in report.broken)
    assert any("time lies before" in text for text in report.broken)
    both = custody.verify([*cast.receipts(last), forged], made.plan)
    assert any("two receipts that differ" in text for text in both.broken)


@settings(max_examples=60)
@hypothesis_given(st.data())
def test_no_changed_receipt_is_accepted(data: st.DataObject) -> None:
    giver, taker = Signer.generate("g"), Signer.generate("t")
    statement = sample(giver, taker)
    good = receipts.to_bytes(
        statement, receipts.sign(statement, taker.seed), receipts.sign(statement, giver.seed)
    )
    assert receipts.open_receipt(good).full
    place = data.draw(st.integers(0, len(good) - 1))
    flip = data.draw(st.integers(1, 255))
    bad = good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :]
    with pytest.raises((Malformed, NotProved)):
        receipts.open_receipt(bad)


def sample(giver: Signer, taker: Signer, **more: object) -> dict:
    disk = {"n": 4, "seal": "A-17", "manifest": b64(MANIFEST), "condition": "sound"}
    return {
        "v": 1, "kind": "disk", "giver": b64(giver.verifier.public),
        "taker": b64(taker.verifier.public), "set": new_id(), "disks": [disk],
        "time": "2026-03-04T12:00:00Z", "how": "in person", "why": "to the archive",
        "former": b64(bytes(32)), "spent": [0, 0], **more,
    }  # fmt: skip


def test_one_side_alone_makes_no_receipt() -> None:
    giver, taker, forger = (Signer.generate(x) for x in "gtf")
    statement = sample(giver, taker)
    for mine, theirs in ((taker, forger), (forger, giver), (giver, giver), (taker, taker)):
        made = receipts.to_bytes(
            statement, receipts.sign(statement, mine.seed), receipts.sign(statement, theirs.seed)
        )
        with pytest.raises(NotProved):
            receipts.open_receipt(made)
    with pytest.raises(Malformed, match="same key"):
        receipts.check_statement(sample(giver, giver))


# --- without devices ---------------------------------------------------------------------------


def speak(cast: Cast, made: route.RoutePlan, giver: Hand, taker: Hand, leg: int) -> None:
    """Both note the meeting on their own devices, later."""
    said = giver.card.give, taker.card.take
    spoken.told(giver, Role.GIVER, said[1].parting, disks=(1, 2), seal="A-17", clock=clock)
    spoken.told(
        taker, Role.TAKER, said[0].parting, disks=(1, 2), seal="A-17", condition="sealed",
        onward=said[0].onward, clock=clock,
    )  # fmt: skip


def test_words_told_later_prove_a_leg_and_say_how(cast: Cast) -> None:
    made = cast.plan()
    first, middle, last = cast.hands(made)
    speak(cast, made, first, middle, 0)
    assert middle.card.give is not None
    run_meeting(middle, last, {1: MANIFEST, 2: MANIFEST})
    report = custody.verify(cast.receipts(first, middle, last), made.plan)
    assert [e.how_proved for e in report.chain] == ["told", "signed"]
    assert not report.broken
    assert "without devices" in report.chain[0].how
    assert not report.remarks
    resealed = replace(
        entries.Entry.from_bytes(next(r for r in cast.receipts(middle) if entries.is_entry(r))),
        seal="A-99",
    )
    other = [r for r in cast.receipts(first, middle, last) if not entries.is_entry(r)]
    told_so = custody.verify([*other, resealed.to_bytes()], made.plan)
    assert "leg 2: disk 1 had the seal 'A-99', now 'A-17'" in told_so.remarks
    # Even where nobody told anything, the next receipt shows that the two had met.
    alone = [r for r in cast.receipts(last) if not entries.is_entry(r)]
    silent = custody.verify(alone, made.plan)
    assert silent.chain[0].how_proved == "told"
    assert "leg 1 (heron → lynx): which disks passed was told by nobody" in silent.gaps
    assert silent.arrived == (1, 2)


def test_guessed_words_are_listed_not_believed(cast: Cast) -> None:
    made = cast.plan()
    guess = entries.Entry(words.draw(3), "giver", (1,), "A-17", "sound", "2026-03-04T12:00:00Z")
    assert entries.Entry.from_bytes(guess.to_bytes()) == guess
    report = custody.verify([guess.to_bytes()], made.plan)
    assert report.chain[0].how_proved == "missing"
    assert report.broken == ["words were told that belong to no leg of this route"]


def test_only_one_side_told(cast: Cast) -> None:
    made = cast.plan()
    first, middle, _ = cast.hands(made)
    said = middle.card.take.parting
    spoken.told(first, Role.GIVER, said, disks=(1,), clock=clock)
    report = custody.verify(cast.receipts(first), made.plan)
    assert report.chain[0].how_proved == "told"
    assert "not the taker" in report.gaps[0]
    with pytest.raises(UsageProblem):
        spoken.told(first, Role.GIVER, said, clock=clock)
    with pytest.raises(UsageProblem, match="do not open"):
        spoken.told(middle, Role.TAKER, said, onward=bytes(8), clock=clock)


def test_words_that_failed_when_spoken_are_void_with_devices_too(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())
    assert spoken.failed(first, Role.GIVER) == 1
    given, taken = run_meeting(Hand.open(first.folder, first.kit), middle)
    assert given.standing is Standing.HANDED
    assert given.spent == (1, 1)
    assert taken.standing is Standing.HELD


# --- planned anew ------------------------------------------------------------------------------


def test_a_seized_card_is_revoked_and_the_route_goes_round_it(cast: Cast) -> None:
    spare = create_kit(
        cast.folder / "ibis" / "kit", "courier", "ibis", cast.archive, "another passphrase",
        work_factor=4,
    )  # fmt: skip
    heron, lynx, harbour = cast.kits
    legs = (*LEGS, LEGS[0])
    made = cast.plan(kits=[heron, lynx, spare, harbour], legs=legs)
    people = dict(zip(("heron", "lynx", "ibis", "harbour"), made.sealed_cards, strict=True))
    kits = {k.codename: k for k in (*cast.kits, spare)}
    hands = {
        name: Hand.receive(cast.folder / name / "card", card, kits[name])
        for name, card in people.items()
    }
    run_meeting(hands["heron"], hands["lynx"])
    # ibis is taken, card and all; lynx has the disks. The archive plans anew, from lynx on.
    anew = route.revoke(
        cast.folder / "anew", made.plan, 1, [lynx.public, harbour.public], [LEGS[1]], cast.archive,
        seized=["ibis"], work_factor=4,
    )  # fmt: skip
    assert anew.revocations == ()
    new = {
        name: Hand.receive(cast.folder / name / "card", card, kits[name])
        for name, card in zip(("lynx", "harbour"), anew.sealed_cards, strict=True)
    }
    # Whoever holds ibis's card knows the old words of lynx; they are worth nothing now.
    given, taken = run_meeting(new["lynx"], hands["ibis"])
    assert isinstance(given, MeetingCut) or given.exit_code == 31
    assert not isinstance(taken, meet.Outcome)
    run_meeting(Hand.open(new["lynx"].folder, lynx), new["harbour"], check=sound)
    joined = plan.join([made.plan, anew.plan])
    report = custody.verify(cast.receipts(new["harbour"]), joined)
    assert report.intact
    assert [(e.giver, e.taker) for e in report.chain] == [("heron", "lynx"), ("lynx", "harbour")]


def test_a_receipt_on_a_revoked_card_breaks_the_chain(cast: Cast) -> None:
    made = cast.plan()
    first, middle, last = cast.hands(made)
    run_meeting(first, middle)
    anew = route.revoke(
        cast.folder / "anew", made.plan, 1, [k.public for k in cast.kits[1:]], [LEGS[0]],
        cast.archive, work_factor=4,
    )  # fmt: skip
    run_meeting(middle, last)
    report = custody.verify(cast.receipts(last), plan.join([made.plan, anew.plan]))
    assert "a receipt was signed with a card that had been revoked" in report.broken
    assert [e.how_proved for e in report.chain] == ["signed", "missing"]


def test_who_is_left_out_gets_word_and_cannot_meet(cast: Cast) -> None:
    made = cast.plan()
    cast.hands(made)
    heron, lynx, harbour = cast.kits
    anew = route.revoke(
        cast.folder / "anew", made.plan, 0, [heron.public, harbour.public], [LEGS[0]],
        cast.archive, work_factor=4,
    )  # fmt: skip
    (word,) = anew.revocations
    hand = Hand.receive(cast.folder / "lynx" / "card", word.read_bytes(), lynx)
    assert hand.card.revoked
    assert hand.card.take is hand.card.give is None
    with pytest.raises(UsageProblem, match="revoked"):
        meet.take(hand, Wire().ends[1], sound)


def test_a_new_route_begins_with_who_holds_the_disks(cast: Cast) -> None:
    made = cast.plan()
    kits = [k.public for k in cast.kits]
    with pytest.raises(UsageProblem):
        route.revoke(cast.folder / "a", made.plan, 1, [kits[0], kits[2]], [LEGS[0]], cast.archive)
    with pytest.raises(UsageProblem):
        route.revoke(
            cast.folder / "a", made.plan, 0, [kits[0], kits[1]], [LEGS[0]], cast.archive,
            seized=["lynx"],
        )  # fmt: skip
    with pytest.raises(Malformed):
        plan.join([made.plan, cast.plan("unrelated").plan])


def test_who_signed_and_never_learnt_goes_on_with_a_new_card(cast: Cast) -> None:
    """The giver is gone after the taker has signed: his half stands, and is called a half."""
    made = cast.plan()
    first, middle, _ = cast.hands(made)
    run_meeting(first, middle, wire=Wire(lambda n, m: None if n == 6 else m))
    assert middle.card.taking.standing is Standing.SIGNED
    anew = route.revoke(
        cast.folder / "anew", made.plan, 1, [k.public for k in cast.kits[1:]], [LEGS[0]],
        cast.archive, work_factor=4,
    )  # fmt: skip
    new = [
        Hand.receive(cast.folder / k.codename / "card", card, k)
        for k, card in zip(cast.kits[1:], anew.sealed_cards, strict=True)
    ]
    run_meeting(new[0], new[1])
    joined = plan.join([made.plan, anew.plan])
    report = custody.verify(cast.receipts(new[1]), joined)
    assert [e.how_proved for e in report.chain] == ["half", "signed"]
    assert report.broken == []
    # The giver had countersigned before the line was cut: with his receipt the chain is whole.
    assert custody.verify(cast.receipts(first, new[1]), joined).intact


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_printed_chain_says_what_is_not_proved(
    cast: Cast, tmp_path: Path, language: str
) -> None:
    made = cast.plan()
    first, middle, last = cast.hands(made)
    run_meeting(first, middle)
    run_meeting(middle, last, {1: MANIFEST, 3: MANIFEST})
    report = custody.verify(cast.receipts(last), made.plan)
    (tmp_path / "c.pdf").write_bytes(custody_pdf(report, language))
    page = pypdfium2.PdfDocument(tmp_path / "c.pdf")[0].get_textpage()
    seen = as_the_eye_sees(page)
    for shown in (made.route, "heron", "lynx", "harbour", "A-17", "2026-03-04T12:00:00Z", "1,3"):
        assert shown in seen, shown
    if language != "ar":
        text = page.get_text_range().replace("\r\n", " ")
        assert report.gaps[0].text(language) in text
        assert REPORT_TEXTS[language]["not_intact"] in text


def test_words_that_were_told_are_never_printed_as_signatures(cast: Cast, tmp_path: Path) -> None:
    made = cast.plan()
    first, middle, last = cast.hands(made)
    speak(cast, made, first, middle, 0)
    run_meeting(middle, last, {1: MANIFEST, 2: MANIFEST})
    report = custody.verify(cast.receipts(first, middle, last), replace(made.plan, disks=(1, 2)))
    assert report.intact
    (tmp_path / "c.pdf").write_bytes(custody_pdf(report, "en"))
    page = pypdfium2.PdfDocument(tmp_path / "c.pdf")[0].get_textpage()
    text = page.get_text_range().replace("\r\n", " ")
    assert REPORT_TEXTS["en"]["intact"] not in text
    assert REPORT_TEXTS["en"]["intact_told"] in text


def as_the_eye_sees(page: pypdfium2.PdfTextPage) -> str:
    """The characters line by line, each line from left to right as they lie on the paper."""
    lines: dict[int, list[tuple[float, str]]] = {}
    for index in range(page.count_chars()):
        left, bottom, _, top = page.get_charbox(index, loose=True)
        lines.setdefault(round((bottom + top) / 4), []).append(
            (left, page.get_text_range(index, 1))
        )
    ordered = ["".join(c for _, c in sorted(line)) for _, line in sorted(lines.items())]
    return "\n".join(ordered).replace(" ", "")


def test_every_finding_is_said_in_three_languages_with_the_same_fields() -> None:
    assert len({frozenset(texts) for texts in REPORT_TEXTS.values()}) == 1
    fields = [[set(re.findall(r"{(\w+)", text)) for text in texts] for texts in _TEXTS.values()]
    assert all(en == fr == ar for en, fr, ar in fields)


# --- whatever arrives --------------------------------------------------------------------------


def test_any_mixture_of_receipts_gives_a_report(cast: Cast) -> None:
    made, opened = walked(cast)
    rng = random.Random(4)
    full = custody.verify(opened, made).to_json()
    for _ in range(40):
        mixed = [*rng.choices(opened, k=3), b"", b"{}", rng.randbytes(50), *opened]
        rng.shuffle(mixed)
        report = custody.verify(mixed, made)
        assert report.to_json()["chain"] == full["chain"]
        assert len(report.broken) == 3
    assert parse(canonical(full), "report") == full
