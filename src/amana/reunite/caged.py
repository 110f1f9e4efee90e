"""`python -m amana.reunite.caged MEMORY SECONDS PROGRAM …`: a program of the system in the cage.

It may read files and start what lies in the system's own folders; it has no network, can write no
file, and its memory and processor time are bounded. What it says goes to its pipes.
"""

from __future__ import annotations

import os
import sys

from amana.reunite.confine import confine, limit_time

FOLDERS = ("/usr", "/bin", "/lib", "/lib64")


def main(arguments: list[str]) -> None:
    memory, seconds, *command = arguments
    limit_time(int(seconds))
    confine(int(memory), FOLDERS)
    os.execvp(command[0], command)  # noqa: S606 - the command is one of ours, see tesseract.py


if __name__ == "__main__":
    main(sys.argv[1:])
