"""Why two names are thought to be one: a kind from a closed list, and the two spellings."""

from __future__ import annotations

from dataclasses import dataclass


def _(text: str) -> str:
    """Marks a sentence for the catalogues; this package knows no web framework."""
    return text


REASONS = {
    "same": _("%(left)s: written the same"),
    "spelling": _("%(left)s = %(right)s: another spelling"),
    "script": _("%(left)s = %(right)s: in the other script"),
    "abbreviation": _("%(left)s = %(right)s: an abbreviation"),
    "nickname": _("%(left)s may be called %(right)s"),
    "equivalent": _("%(left)s = %(right)s: the same name in another language"),
    "typing": _("%(left)s = %(right)s: perhaps a slip in writing"),
    "joined": _("%(left)s = %(right)s: a space more or less"),
    "short": _("%(left)s = %(right)s: a part of the name left out"),
    "alike": _("%(left)s sounds somewhat like %(right)s"),
    "order": _("the parts stand in another order"),
    "missing": _("%(left)s: asked for, not there"),
    "extra": _("%(right)s: there, not asked for"),
}


@dataclass(frozen=True)
class Reason:
    """One line of the explanation. `left` is what was asked, `right` what was found."""

    kind: str
    left: str = ""
    right: str = ""

    def __str__(self) -> str:
        return REASONS[self.kind] % {"left": self.left, "right": self.right}


@dataclass(frozen=True)
class Likeness:
    """0: nothing in common; 1: written the same. Not a probability."""

    score: float
    reasons: tuple[Reason, ...]
