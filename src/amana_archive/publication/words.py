"""What this room's refusals say, named here so that they are translated."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

ERRORS = (
    _("no family has allowed this case to be published"),
    _("this case is published, or waits to be"),
    _("a name is printed as the family wants it, or not at all"),
    _("a year, or a year and a month: 2013 or 2013-05"),
    _("the family has not allowed pictures"),
    _("choose a working copy of this case that may be shown"),
    _("this entry was taken back already"),
    _("only the newest edition leaves"),
    _("an entry was taken back since: make a new edition first"),
)
