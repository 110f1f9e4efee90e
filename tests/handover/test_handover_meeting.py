"""Meetings over a line: the right people, the wrong ones, cuts at every message, altered lines."""

from __future__ import annotations

import json
import threading

import pytest
from handover_cast import MANIFEST, Cast, Wire, clock, run_meeting, sound

from amana.core.encoding import b64, parse
from amana.core.unseal import unseal
from amana.errors import Damaged, MeetingCut, MeetingRefused, UsageProblem
from amana.handover import custody, meet, receipts, tcp
from amana.handover.hand import Hand
from amana.handover.machine import Standing

MESSAGES = 8  # hail, hail, proof, proof, offer, accept, signed, done


def test_two_legs_make_a_chain_of_custody(cast: Cast) -> None:
    plan = cast.plan()
    first, middle, last = cast.hands(plan)
    given, taken = run_meeting(first, middle)
    assert given.standing is Standing.HANDED
    assert taken.standing is Standing.HELD
    run_meeting(middle, last)
    # The last hand has every receipt: they travelled with the disks, sealed.
    report = custody.verify(cast.receipts(last), plan.plan)
    assert report.intact
    assert report.broken == report.gaps == []
    assert [e.how_proved for e in report.chain] == ["signed", "signed"]
    assert report.arrived == (1, 2, 3)
    assert report.chain[0].time == "2026-03-04T12:00:00Z"
    assert dict(report.chain[1].seals) == {1: "A-17", 2: "A-17", 3: "A-17"}


def test_both_sides_hold_the_same_receipt(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())
    given, taken = run_meeting(first, middle)
    opened = [unseal(o.receipt.read_bytes(), [cast.identity], "r") for o in (given, taken)]
    assert opened[0] == opened[1]
    receipt = receipts.open_receipt(opened[0])
    assert receipt.full
    assert receipt.statement["disks"][0]["condition"] == "sound"


def test_after_the_meeting_nothing_of_it_is_left(cast: Cast) -> None:
    plan = cast.plan()
    first, middle, _ = cast.hands(plan)
    run_meeting(first, middle)
    for hand, used in ((first, plan.opened_cards[0].give), (middle, plan.opened_cards[1].take)):
        again = Hand.open(hand.folder, hand.kit).card
        text = again.to_bytes()
        assert (again.take, again.give)[hand is first] is None
        fields = json.dumps(parse(text, "card"), ensure_ascii=False)
        gone = (used.where, used.when, used.id, b64(used.other), b64(used.seed))
        for secret in (*gone, *map(b64, used.word_sets)):
            assert secret not in fields
    assert Hand.open(middle.folder, middle.kit).card.give is not None


def test_a_line_cut_for_ever_leaves_no_place_and_no_word(cast: Cast) -> None:
    plan = cast.plan()
    first, middle, _ = cast.hands(plan)
    run_meeting(first, middle, wire=Wire(lambda n, m: None if n == 6 else m))
    assert first.card.giving.standing is Standing.COUNTERSIGNED
    assert middle.card.taking.standing is Standing.SIGNED
    used = plan.opened_cards[0].give
    for hand in (first, middle):
        fields = Hand.open(hand.folder, hand.kit).card.to_bytes().decode()
        for secret in (used.where, used.when, *map(b64, used.word_sets)):
            assert secret not in fields


def test_a_courier_cannot_open_his_next_meeting_before_his_first(cast: Cast) -> None:
    plan = cast.plan()
    _, middle, _ = cast.hands(plan)
    card = middle.card
    assert card.give is None
    assert card.onward is not None
    assert plan.opened_cards[0].give is not None
    opened = card.opened(plan.opened_cards[0].give.onward)
    assert opened.give is not None
    assert opened.give.where == "أمام المخبز القديم"


def test_an_impostor_is_refused_and_the_words_are_void_on_both_sides(cast: Cast) -> None:
    first, middle, last = cast.hands(plan := cast.plan())
    stranger = cast.hands(cast.plan("elsewhere"), "strange")[1]
    given, taken = run_meeting(first, stranger)
    assert isinstance(given, MeetingRefused)
    assert isinstance(taken, MeetingRefused)
    # Remembered: on the disk, after the program has ended.
    assert Hand.open(first.folder, first.kit).card.giving.spent == 1
    assert Hand.open(stranger.folder, stranger.kit).card.taking.spent == 1
    # The right person comes; the reserve words hold, and both know that something happened.
    given, taken = run_meeting(Hand.open(first.folder, first.kit), middle)
    assert given.standing is Standing.HANDED
    assert given.spent == taken.spent == (1, 1)
    run_meeting(middle, last)
    report = custody.verify(cast.receipts(last), plan.plan)
    assert report.intact
    assert any("in vain" in remark for remark in report.remarks)


def test_two_impostors_and_the_card_is_void(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())
    for name in ("one", "two"):
        stranger = cast.hands(cast.plan(name), name)[1]
        given, _ = run_meeting(first, stranger)
        assert isinstance(given, MeetingRefused)
    given, _ = run_meeting(first, middle)
    assert isinstance(given, MeetingRefused)
    assert "none of its words are left" in given.message


@pytest.mark.parametrize("number", range(MESSAGES))
def test_a_cut_at_any_message_leaves_both_in_a_known_state_and_heals(
    cast: Cast, number: int
) -> None:
    first, middle, last = cast.hands(plan := cast.plan())
    cut = Wire(lambda n, message: None if n == number else message)
    given, taken = run_meeting(first, middle, wire=cut)
    for side in (given, taken):
        if isinstance(side, MeetingCut):
            assert side.hint
    if Standing.HANDED is getattr(given, "standing", None):
        assert middle.card.taking.standing is Standing.HELD
    if Standing.HELD is getattr(taken, "standing", None):
        assert first.card.giving.standing in (Standing.COUNTERSIGNED, Standing.HANDED)
    given, taken = run_meeting(
        Hand.open(first.folder, first.kit), Hand.open(middle.folder, middle.kit)
    )
    assert given.standing is Standing.HANDED
    assert taken.standing is Standing.HELD
    run_meeting(Hand.open(middle.folder, middle.kit), last)
    assert custody.verify(cast.receipts(last), plan.plan).intact


@pytest.mark.parametrize("number", range(MESSAGES - 1))
def test_an_altered_message_is_refused_and_says_why(cast: Cast, number: int) -> None:
    first, middle, _ = cast.hands(cast.plan())

    def alter(n: int, message: bytes) -> bytes:
        if n != number:
            return message
        place = 20  # inside the sealed text, or inside a greeting's fields
        return message[:place] + bytes([message[place] ^ 1]) + message[place + 1 :]

    given, taken = run_meeting(first, middle, wire=Wire(alter))
    assert isinstance(taken, MeetingCut | MeetingRefused)
    assert isinstance(given, MeetingCut | MeetingRefused)
    given, taken = run_meeting(first, middle)
    assert given.standing is Standing.HANDED
    assert taken.standing is Standing.HELD


def test_replayed_and_reflected_messages_do_not_pass(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())
    seen = Wire()
    run_meeting(first, middle, wire=seen)
    for replace in (lambda n: seen.seen[n], lambda n: seen.seen[n - 1]):
        for number in range(2, MESSAGES - 1):
            one, two, _ = cast.hands(
                cast.plan(f"r{number}{replace(2)[:0]!r}{id(replace)}"), f"c{number}{id(replace)}"
            )
            wire = Wire(
                lambda n, m, number=number, replace=replace: replace(n) if n == number else m
            )
            given, taken = run_meeting(one, two, wire=wire)
            assert isinstance(given, MeetingCut | MeetingRefused)
            assert isinstance(taken, MeetingCut | MeetingRefused)


def test_a_listener_learns_no_word_no_key_no_disk(cast: Cast) -> None:
    plan = cast.plan()
    first, middle, _ = cast.hands(plan)
    wire = Wire()
    run_meeting(first, middle, wire=wire)
    heard = b"".join(wire.seen)
    meeting = plan.opened_cards[0].give
    for secret in (
        *meeting.word_sets, meeting.seed, meeting.other, cast.set_id.encode(), MANIFEST, b"A-17",
        b"heron", b"lynx",
    ):  # fmt: skip
        assert secret not in heard
    assert sorted({len(m) for m in wire.seen}) == [512, 4112, 62016]


def test_a_damaged_disk_is_declined_and_another_can_be_offered(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())

    def damaged(disk: meet.OfferedDisk) -> str:
        raise Damaged(path="disk", reason="its manifest is not signed by the set's key")

    given, taken = run_meeting(first, middle, check=damaged)
    assert given.standing is taken.standing is Standing.DECLINED
    assert "manifest" in given.declined
    assert cast.receipts(first, middle) == []
    given, taken = run_meeting(first, middle, {2: MANIFEST}, check=sound)
    assert given.disks == taken.disks == (2,)


def test_what_was_offered_before_a_cut_is_what_is_signed_after_it(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())
    run_meeting(first, middle, wire=Wire(lambda n, m: None if n == 5 else m))
    assert middle.card.taking.standing is Standing.SIGNED
    given, taken = run_meeting(first, middle, {1: MANIFEST}, seal_number="B-2")
    assert given.disks == taken.disks == (1, 2, 3)
    assert "former talk stood" in given.note


def test_a_confiscated_disk_is_a_gap_that_is_stated(cast: Cast) -> None:
    first, middle, last = cast.hands(plan := cast.plan())
    run_meeting(first, middle)
    run_meeting(middle, last, {1: MANIFEST, 3: MANIFEST})
    report = custody.verify(cast.receipts(last), plan.plan)
    assert not report.intact
    assert report.lost == {2: "lynx"}
    assert report.arrived == (1, 3)
    assert report.gaps == ["disk 2: lynx had it and did not give it on at leg 2"]


def test_a_person_is_led_by_the_same_meeting(cast: Cast) -> None:
    first, middle, last = cast.hands(plan := cast.plan(kind="person"))
    assert run_meeting(first, middle, {})[1].standing is Standing.HELD
    assert run_meeting(middle, last, {})[1].standing is Standing.HELD
    report = custody.verify(cast.receipts(last), plan.plan)
    assert report.intact
    assert report.chain[1].disks == ()


def test_a_disk_that_the_card_does_not_name_is_not_offered(cast: Cast) -> None:
    first, _, _ = cast.hands(cast.plan())
    with pytest.raises(UsageProblem):
        meet.give(first, Wire().ends[0], {9: MANIFEST})
    with pytest.raises(UsageProblem):
        meet.take(first, Wire().ends[1], None)


def test_over_a_real_socket(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())
    results: list[meet.Outcome] = []
    with tcp.listening("127.0.0.1") as listener:

        def taking() -> None:
            with listener.accept(20) as channel:
                results.append(meet.take(middle, channel, sound, clock=clock))

        thread = threading.Thread(target=taking)
        thread.start()
        with tcp.connect("127.0.0.1", listener.port, 20) as channel:
            given = meet.give(first, channel, {1: MANIFEST}, seal_number="7", clock=clock)
        thread.join(20)
    assert given.standing is Standing.HANDED
    assert results[0].standing is Standing.HELD


def test_a_stranger_on_the_port_harms_nothing(cast: Cast) -> None:
    _, middle, _ = cast.hands(cast.plan())
    with tcp.listening("127.0.0.1") as listener:
        for noise in (b"", b"\xff\xff\xff\xff", b"\x00\x00\x00\x05GET /", b"\x00\x00\x00\x02{}"):
            stranger = tcp.connect("127.0.0.1", listener.port, 5)
            stranger._socket.sendall(noise)
            with listener.accept(5) as channel:
                stranger.close()
                with pytest.raises(MeetingCut):
                    meet.take(middle, channel, sound)
    assert middle.card.taking.spent == 0
