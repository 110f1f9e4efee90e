"""The README that `--with-readme` puts on a disk, for archives that keep disks for decades.

On the way there is none: a disk should not introduce itself.
"""

from __future__ import annotations

README_TEXT = """\
This disk is one of a set made by Amana. Any k of its n disks suffice to restore the set; index.txt
says which k and n.

000/000001.age and so on are complete files of the age format (age-encryption.org/v1). Whoever holds
the archive's key opens each of them, without Amana:

    age -d -i identity.txt 000/000001.age | tar -x

000/000002.dat and so on are parity, or parts of a file too large for one piece. index.dat says, a
line (JSON) for each number, which pieces there are, and the SHA-256 of each block of 1 MiB.
The format is described in Amana's spec/disk-set.md.
"""
