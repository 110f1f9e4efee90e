"""A cage for the process that reads foreign bytes: no network, no file to write, no program to
start, bounded memory and time.

Threat: a pack, a picture or a PDF made to exploit a decoder, sent by somebody who knows that the
archive will open it. What the cage is made of, on Linux: Landlock (no file may be written, created
or removed; from ABI 4 no TCP), a seccomp filter (no sockets of any kind, no exec, no tracing, no
io_uring), resource limits (address space, no file growth, no core dump, which would hold keys).
Elsewhere only the resource limits that the system has. `confine` says which of these are in force,
and the caller shows it: silence is never safety.

A program of the system that must read foreign bytes (tesseract) is started through `caged.py`: the
same cage, but for starting programs out of a few folders, which cannot be written to.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_PATH_BENEATH = 1
_LANDLOCK_VERSION_FLAG = 1
# Everything that changes a file system (linux/landlock.h), by the ABI that brought it.
_FS_WRITE_FILE = 1 << 1
_FS_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_FS_REFER, _FS_TRUNCATE = 1 << 13, 1 << 14
_FS_EXECUTE = 1 << 0
_NET_TCP = 0b11
_SCOPES = 0b11

_BPF_LOAD, _BPF_JEQ, _BPF_JGE, _BPF_RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE_EPERM, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
# Audit architecture, and the numbers of the calls that are refused, by machine.
_CALLS = {
    "x86_64": (
        0xC000003E,
        (
            # socket, connect, accept, bind, listen, sendto, sendmsg, socketpair, accept4, sendmmsg
            *(41, 42, 43, 49, 50, 44, 46, 53, 288, 307),
            # execve, execveat, ptrace, process_vm_readv, _writev, kill, tkill, tgkill
            *(59, 322, 101, 310, 311, 62, 200, 234),
            # mount, umount2, unshare, setns, pivot_root, chroot, bpf, keyctl, io_uring_setup,
            # perf_event_open, open_by_handle_at, userfaultfd
            *(165, 166, 272, 308, 155, 161, 321, 250, 425, 298, 304, 323),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(198, 203, 202, 200, 201, 206, 211, 199, 242, 269),
            *(221, 281, 117, 270, 271, 129, 130, 131),
            *(40, 39, 97, 268, 41, 51, 280, 219, 425, 241, 265, 282),
        ),
    ),
}
_EXEC = {"x86_64": {59, 322}, "aarch64": {221, 281}}


@dataclass(frozen=True)
class Cage:
    """What is in force (`held`) and what this system does not offer (`missing`)."""

    held: tuple[str, ...]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        lacking = f"; not available here: {', '.join(self.missing)}" if self.missing else ""
        return f"confined by {', '.join(self.held) or 'nothing'}{lacking}"


def confine(memory: int, programs: Sequence[str] = ()) -> Cage:
    """Put this process into the cage, for good. `memory` bounds its address space, in bytes.

    Everything that it imports later can still be read; nothing can be written or sent but through
    the pipes that were open before. What lies below the folders `programs` can still be started,
    and is then in the cage too.
    """
    held: list[str] = []
    missing: list[str] = []
    steps: dict[str, Callable[[], bool]] = {
        "limits": lambda: _limits(memory),
        "no new privileges": _no_new_privileges,
        "landlock": lambda: _landlock(programs),
        "seccomp": lambda: _seccomp(bool(programs)),
    }
    for name, apply in steps.items():
        (held if apply() else missing).append(name)
    return Cage(tuple(held), tuple(missing))


def _limits(memory: int) -> bool:
    if resource is None:
        return False
    used = _address_space()
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return True


def limit_time(seconds: int) -> None:
    """Processor seconds after which the system ends this process, and what it becomes."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _address_space() -> int:
    """Bytes of address space that libraries have reserved already; the bound comes on top."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 1 << 30


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _no_new_privileges() -> bool:
    libc = _libc()
    if libc is None:
        return False
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def _landlock(programs: Sequence[str]) -> bool:
    libc = _libc()
    if libc is None or platform.machine() not in _CALLS:
        return False
    abi = libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION_FLAG)
    if abi < 1:
        return False
    files = _FS_WRITE_FILE | _FS_REMOVE_AND_MAKE | _FS_EXECUTE
    files |= (_FS_REFER if abi >= 2 else 0) | (_FS_TRUNCATE if abi >= 3 else 0)
    rules = struct.pack("QQQ", files, _NET_TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = libc.syscall(_LANDLOCK_CREATE, rules, size, 0)
    if ruleset < 0:
        return False
    try:
        for folder in programs:
            _may_start(libc, ruleset, folder)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _may_start(libc: ctypes.CDLL, ruleset: int, folder: str) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return  # /lib64 is not everywhere
    try:
        rule = struct.pack("=Qi", _FS_EXECUTE, handle)
        libc.syscall(_LANDLOCK_ADD, ruleset, _LANDLOCK_PATH_BENEATH, rule, 0)
    finally:
        os.close(handle)


def _seccomp(may_start: bool) -> bool:
    libc = _libc()
    known = _CALLS.get(platform.machine())
    if libc is None or known is None:
        return False
    architecture, calls = known
    allowed = _EXEC[platform.machine()] if may_start else set()
    refused = tuple(number for number in calls if number not in allowed)
    program = b"".join(_filter(architecture, refused))
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def _filter(architecture: int, refused: tuple[int, ...]) -> list[bytes]:
    """Classic BPF: another architecture is killed, the refused calls answer EPERM."""

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    lines = [
        step(_BPF_LOAD, 4),
        step(_BPF_JEQ, architecture, 1, 0),
        step(_BPF_RETURN, _KILL),
        step(_BPF_LOAD, 0),
        # Threat: the x32 calls of x86-64 have other numbers for the same things.
        step(_BPF_JGE, 0x40000000, len(refused) + 1, 0),
    ]
    for place, number in enumerate(refused):
        lines.append(step(_BPF_JEQ, number, len(refused) - place, 0))
    return [*lines, step(_BPF_RETURN, _ALLOW), step(_BPF_RETURN, _REFUSE_EPERM)]
