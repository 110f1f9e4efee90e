"""A mail account, as a small TOML file says it; or the same sealed to a kit (`amana mail seal`).

    address  = "someone@example.org"
    [smtp]
    host = "smtp.example.org"
    port = 587                  # default: 587, with tls 465
    security = "starttls"       # starttls, tls; none is for loopback alone
    username = "someone"        # default: the address
    password = "..."            # or token = "..." (XOAUTH2), or password_command = ["pass", "x"]
    authorities = "ca.pem"      # a server with its own certificate authority
    [imap]                      # the same fields, for answers and for fetching; default: tls, 993
    host = "imap.example.org"
    folders = ["INBOX", "Junk"] # default: INBOX
    [limits]                    # all of them optional
    letters_per_day = 80
    bytes_per_day = "200M"
    bandwidth = "30k"           # bytes a second
    quiet = "23:00-07:00"       # by this machine's clock
    spacing = [20, 180]         # seconds between two letters, drawn at random
    message = "10M"             # the longest message, where the server does not say
    [cover]                     # what people see; one of each is taken at random, # is a digit
    subjects = ["Documents"]
    bodies = ["Hello"]
    names = ["document-######.dat"]

and, first in the file, `proxy = "socks5://127.0.0.1:9050"`.

Threat: this file on a seized laptop is a password and an address. Sealed, it is neither.
"""

from __future__ import annotations

import ipaddress
import ssl
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amana.core.locker import Locker
from amana.errors import BadKey, Malformed, NotOurs, UsageProblem
from amana.mail.line import check_proxy
from amana.mail.post import Cover, check_address
from amana.mail.schedule import Limits, parse_limits

STARTTLS, TLS, PLAIN = "starttls", "tls", "none"
_AGE = b"age-encryption.org/v1\n"
_PORTS = {("smtp", TLS): 465, ("smtp", STARTTLS): 587, ("smtp", PLAIN): 25}
_PORTS |= {("imap", TLS): 993, ("imap", STARTTLS): 143, ("imap", PLAIN): 143}


@dataclass(frozen=True)
class Server:
    """One server of an account. Secrets never show in a repr."""

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    password_command: tuple[str, ...] = field(default=(), repr=False)
    token_command: tuple[str, ...] = field(default=(), repr=False)
    authorities: str | None = None
    folders: tuple[str, ...] = ("INBOX",)

    def context(self) -> ssl.SSLContext:
        """Certificates are always checked; a private authority may be named. Raises NotOurs."""
        try:
            return ssl.create_default_context(cafile=self.authorities)
        except (OSError, ssl.SSLError):
            raise NotOurs(
                path=str(self.authorities), expected="a file of certificate authorities"
            ) from None

    def secret(self) -> str | None:
        """The password, asked of the password command where there is one. Raises UsageProblem."""
        return _asked(self.password_command) if self.password_command else self.password

    def bearer(self) -> str | None:
        """The token for XOAUTH2, asked of its command where there is one. Raises UsageProblem."""
        return _asked(self.token_command) if self.token_command else self.token


@dataclass(frozen=True)
class Account:
    """An address, and the servers behind it."""

    address: str
    smtp: Server | None = None
    imap: Server | None = None
    cover: Cover = field(default_factory=Cover)
    limits: Limits = field(default_factory=Limits)
    proxy: str | None = None


def _asked(command: Sequence[str]) -> str:
    """The first line that a command prints: a password manager's, or one that renews a token."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        raise UsageProblem(what=f"the account's command {command[0]!r} failed") from None
    return done.stdout.splitlines()[0] if done.stdout else ""


def read_account(path: Path, locker: Locker | None = None) -> Account:
    """The account in a TOML file, plain or sealed to `locker`. Raises NotOurs, BadKey, Malformed,
    CannotOpen."""
    try:
        data = path.read_bytes()
    except OSError:
        raise NotOurs(path=str(path), expected="a mail account's file") from None
    if data.startswith(_AGE):
        if locker is None:
            raise BadKey(expected="a plain account file", reason="it is sealed, and no kit is open")
        data = locker.open_own(data, "the mail account").rstrip(b" ")
    return parse_account(data)


def parse_account(data: bytes) -> Account:
    """Raises Malformed, UsageProblem."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Malformed(what="mail account", reason=str(error)) from None
    unknown = set(table) - {"address", "smtp", "imap", "cover", "limits", "proxy"}
    if unknown:
        raise Malformed(what="mail account", reason=f"unknown field {sorted(unknown)[0]!r}")
    address = check_address(str(table.get("address", "")))
    return Account(
        address=address,
        smtp=_server("smtp", table, address),
        imap=_server("imap", table, address),
        cover=_cover(table.get("cover", {})),
        limits=parse_limits(table.get("limits", {})),
        proxy=check_proxy(table.get("proxy")),
    )


def _server(kind: str, table: dict[str, Any], address: str) -> Server | None:
    fields = table.get(kind)
    if fields is None:
        return None
    security = fields.get("security", STARTTLS if kind == "smtp" else TLS)
    if (kind, security) not in _PORTS or not isinstance(fields.get("host"), str):
        raise Malformed(what="mail account", reason=f"[{kind}] needs a host; security tls/starttls")
    if security == PLAIN and not _is_loopback(fields["host"]):
        raise UsageProblem(what=f"without TLS, {fields['host']} would show the password to all")
    try:
        return Server(
            host=fields["host"],
            port=int(fields.get("port", _PORTS[kind, security])),
            security=security,
            username=fields.get("username", address if _has_secret(fields) else None),
            password=fields.get("password"),
            token=fields.get("token"),
            password_command=tuple(fields.get("password_command", ())),
            token_command=tuple(fields.get("token_command", ())),
            authorities=fields.get("authorities"),
            folders=tuple(fields.get("folders", ["INBOX"])),
        )
    except (TypeError, ValueError) as error:
        raise Malformed(what="mail account", reason=str(error)) from None


def _has_secret(fields: dict[str, Any]) -> bool:
    secrets = ("password", "token", "password_command", "token_command")
    return any(name in fields for name in secrets)


def _cover(fields: dict[str, Any]) -> Cover:
    known = {
        name: tuple(fields[name]) for name in ("subjects", "bodies", "names") if name in fields
    }
    return Cover(**known).check()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
