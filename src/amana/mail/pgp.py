"""Letters as PGP/MIME (RFC 3156), for those whose ordinary mail program shall file them.

This adds no safety: a letter is sealed and signed already, and what is inside says nothing. So what
OpenPGP would vouch for is not asked, and its traps in checking signatures do not touch us. The
library is pysequoia, an extra: `pip install amana[pgp]`.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from amana.errors import BadKey, NotOurs, UsageProblem

_ARMOR = re.compile(rb"-----BEGIN PGP MESSAGE-----\r?\n.*?-----END PGP MESSAGE-----", re.DOTALL)
_OUTSIDE = (b"from:", b"to:", b"subject:", b"date:", b"message-id:", b"mime-version:")
_LETTERS = string.ascii_letters + string.digits
_MOST = 20


def wrapper(certificates: Sequence[Path]) -> Callable[[bytes], bytes]:
    """What turns a message of ours into the same as PGP/MIME, to all `certificates` (files, armored
    or not). Raises UsageProblem where pysequoia is not installed, NotOurs, BadKey."""
    sequoia = _sequoia()
    try:
        recipients = [sequoia.Cert.from_bytes(path.read_bytes()) for path in certificates]
    except OSError:
        raise NotOurs(path=str(certificates), expected="an OpenPGP certificate") from None
    except Exception as error:  # the library raises plain Exceptions
        raise BadKey(expected="an OpenPGP certificate", reason=str(error)) from None

    def wrap(message: bytes) -> bytes:
        head, _, body = message.partition(b"\r\n\r\n")
        lines = re.split(rb"\r\n(?![ \t])", head)
        outside = [x for x in lines if x.lower().startswith(_OUTSIDE)]
        inside = [x for x in lines if not x.lower().startswith(_OUTSIDE)]
        plain = b"\r\n".join(inside) + b"\r\n\r\n" + body
        try:
            sealed = bytes(sequoia.encrypt(plain, recipients=recipients))
        except Exception as error:  # an expired certificate, one that cannot encrypt
            raise BadKey(expected="an OpenPGP certificate", reason=str(error)) from None
        return _mime(outside, sealed)

    return wrap


def opener(key: Path, password: str | None = None) -> Callable[[bytes], Iterator[bytes]]:
    """What finds PGP messages in a mail and opens them with the secret key in `key`.

    Raises UsageProblem, NotOurs, BadKey.
    """
    sequoia = _sequoia()
    try:
        tsk = sequoia.Tsk.from_bytes(key.read_bytes())
        decryptor = tsk.decryptor(password) if password else tsk.decryptor()
    except OSError:
        raise NotOurs(path=str(key), expected="an OpenPGP key") from None
    except Exception as error:
        raise BadKey(expected="an OpenPGP key", reason=str(error)) from None

    def opened(raw: bytes) -> Iterator[bytes]:
        for number, match in enumerate(_ARMOR.finditer(raw)):
            if number >= _MOST:
                return
            try:
                content = sequoia.decrypt(match.group(), decryptor=decryptor).bytes
            except Exception:  # noqa: S112 - somebody else's message: no letter of ours
                continue
            if isinstance(content, bytes):
                yield content

    return opened


def _mime(outside: list[bytes], sealed: bytes) -> bytes:
    boundary = "".join(secrets.choice(_LETTERS) for _ in range(28)).encode()
    armored = b"\r\n".join(sealed.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n"))
    return b"\r\n".join(
        [
            *outside,
            b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";',
            b' boundary="' + boundary + b'"',
            b"",
            b"--" + boundary,
            b"Content-Type: application/pgp-encrypted",
            b"",
            b"Version: 1",
            b"",
            b"--" + boundary,
            b'Content-Type: application/octet-stream; name="encrypted.asc"',
            b"",
            armored,
            b"",
            b"--" + boundary + b"--",
            b"",
        ]
    )


def _sequoia() -> Any:
    try:
        import pysequoia  # noqa: PLC0415 - an extra that most do not need
    except ImportError:
        raise UsageProblem(what="PGP/MIME needs pysequoia: pip install amana[pgp]") from None
    return pysequoia
