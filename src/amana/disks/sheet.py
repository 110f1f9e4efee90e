"""The sheet that the archive prints and keeps with a set, since the disks themselves say nothing.

It opens nothing; but it tells which disks belong together, so it is not for those who carry them.
"""

from __future__ import annotations

from amana.disks.status import DisksStatus

_SHEET = """\
A SET OF {n} DISKS; ANY {k} OF THEM SUFFICE

Set    {set_id}
Key    {vkey}
       (stripes so far: {stripes})

Disk   Seal number         Since               Where
{lines}

Check a disk, without any secret:     amana disks check DISK --set {set_id}
Mend disks from each other:           amana disks repair DISK DISK ...
Make a lost disk again from {k}:        amana disks repair DISK ... --new NUMBER=EMPTY-DISK
Restore everything:                   amana disks gather DISK ... --out INBOX

Without Amana: each file ending in .age is complete. With the archive's key:
    age -d -i identity.txt 000/000001.age | tar -x
The format is described in spec/disk-set.md.
"""


def sheet(status: DisksStatus) -> str:
    """The text of the sheet: 80 columns, ready for a printer."""
    row = "{:<7}{:<20}{:<20}{}"
    lines = [row.format(d, "." * 16, "." * 16, "." * 24) for d in range(1, status.n + 1)]
    return _SHEET.format(
        n=status.n,
        k=status.k,
        set_id=status.set_id,
        vkey=status.vkey,
        stripes=status.stripes,
        lines="\n".join(lines),
    )
