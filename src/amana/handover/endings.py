"""How a meeting ended, in the words that the two people read. No state is left unexplained."""

from __future__ import annotations

from amana.handover.machine import Phase, Role, Standing

_GIVER = {
    Standing.FRESH: "nothing was offered, keep the disk",
    Standing.MET: "nothing was offered, keep the disk",
    Standing.DECLINED: "the other refused the disk, keep it",
    Standing.OFFERED: (
        "the disk was offered, and no signature came: it is not handed over. "
        "join the line again on the same cards; until then keep the disk"
    ),
    Standing.COUNTERSIGNED: (
        "both have signed, and the receipt is sealed: the disk is the other's. "
        "whether he has your signature is not known; join the line again if you can"
    ),
    Standing.HANDED: "the disk is handed over",
}
_TAKER = {
    Standing.FRESH: "nothing was signed",
    Standing.MET: "this is the right person; nothing was signed yet, join the line again",
    Standing.DECLINED: "you refused the disk; nothing was signed",
    Standing.SIGNED: (
        "you have signed, and the other's signature has not come: whether he has yours is not "
        "known. join the line again on the same cards; your half is sealed to the archive"
    ),
    Standing.HELD: "both have signed: the disk is yours",
}


def cut_outcome(role: Role, phase: Phase, standing: Standing, left: int) -> str:
    """What is known after a cut, and what to do: `left` ways to meet again are left."""
    table = _GIVER if role is Role.GIVER else _TAKER
    text = table[standing]
    if role is Role.GIVER and phase is Phase.PROVING:
        text += ". the words that were used are void now: " + words_left(left)
    return text


def words_left(left: int) -> str:
    """What the card still allows."""
    if left:
        return "the reserve words on the card still hold, for another time and place"
    return "the card has no words left: tell the archive, which plans anew"
