"""A dossier in memory, ways to spoil it, and both verifiers on it.

Three forgers: *raw* only touches files; *remade* makes the manifests anew, as anyone can;
*resealed* even holds the archive's key. What the third can still not do is what the mathematics
promises; the rest is the archive's word, and the verifiers say so.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from amana.core.sign import Signer, sign_note
from amana.dossier import layout
from amana.dossier.bag_rules import Bag, Digest, seal_text, write_manifest
from amana.dossier.judge import judge
from amana.dossier.tokens import check_token

Files = dict[str, bytes]
_BULK = tuple(layout.DATA + folder for folder in layout.BULK)


def read(folder: Path) -> Files:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@dataclass(frozen=True)
class Verdicts:
    amana: frozenset[str]
    second: frozenset[str]


def load_verifier() -> ModuleType:
    path = Path(__file__).parents[2] / "verifier" / "verify_dossier.py"
    spec = importlib.util.spec_from_file_location("verify_dossier", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_dossier"] = module
    spec.loader.exec_module(module)
    # The same question to openssl has the same answer: asked once a test run, not once a mutant.
    module.ed25519_holds = functools.cache(module.ed25519_holds)
    asked: dict[bytes, str | None] = {}
    plain = module.openssl

    def openssl(folder: str, *arguments: str) -> str:
        state = hashlib.sha256(repr(arguments).encode())
        for name in sorted(path.name for path in Path(folder).iterdir()):
            if name in arguments:
                state.update(Path(folder, name).read_bytes() + b"\0")
        key = state.digest()
        if key not in asked:
            try:
                asked[key] = plain(folder, *arguments)
            except module.Bad:
                asked[key] = None
        found = asked[key]
        if found is None:
            raise module.Bad("openssl refuses")
        return found

    module.openssl = openssl
    return module


@functools.cache
def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Judges:
    """Both verifiers, asked about files in memory."""

    def __init__(self) -> None:
        self.second = load_verifier()
        self._token = functools.cache(check_token)

    judged: ClassVar[int] = 0
    """How many dossiers in all; tests/conftest.py prints it at the end of a run."""

    def __call__(self, files: Files, odd: tuple[str, ...] = ()) -> Verdicts:
        Judges.judged += 1
        small = {path: data for path, data in files.items() if not path.startswith(_BULK)}
        digests = {path: Digest(digest(data), len(data)) for path, data in files.items()}
        amana = judge(Bag(digests, small, odd), self._token)
        folder = self.second.Folder.__new__(self.second.Folder)
        folder.small, folder.odd = small, list(odd)
        folder.digests = {path: d.sha256 for path, d in digests.items()}
        folder.sizes = {path: d.size for path, d in digests.items()}
        second = self.second.Verification(folder)
        assert second.ok == (not second.wrong)
        assert amana.ok == (not amana.failed)
        return Verdicts(frozenset(amana.failed), frozenset(second.wrong))


def remake(files: Files) -> Files:
    """What anyone can do after spoiling files: make the manifests fit again."""
    files = dict(files)
    payload = {p: data for p, data in files.items() if p.startswith(layout.DATA)}
    files[layout.MANIFEST] = write_manifest({p: digest(data) for p, data in payload.items()})
    size = sum(len(data) for data in payload.values())
    info = files[layout.BAG_INFO].decode().splitlines()[:2]
    info.append(f"Payload-Oxum: {size}.{len(payload)}")
    files[layout.BAG_INFO] = ("\n".join(info) + "\n").encode()
    return retag(files)


def retag(files: Files) -> Files:
    listed = {path: digest(files[path]) for path in layout.TAG_FILES if path in files}
    return {**files, layout.TAG_MANIFEST: write_manifest(listed)}


def reseal(files: Files, signer: Signer) -> Files:
    """What only a dishonest archive can do: seal the spoilt dossier anew."""
    files = remake(files)
    try:
        dossier_id = json.loads(files[layout.SHEET])["id"]
    except (ValueError, KeyError, TypeError):
        return files
    text = seal_text(str(dossier_id), digest(files[layout.MANIFEST]))
    return retag({**files, layout.SEAL: str(sign_note(text, [signer])).encode()})


def flip(files: Files, path: str, offset: int, bit: int) -> Files:
    data = bytearray(files[path])
    data[offset] ^= 1 << bit
    return {**files, path: bytes(data)}


def canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def edit(files: Files, path: str, change) -> Files:
    """`change` is called on the parsed lines of a JSON (lines) file, and returns them changed."""
    if path.endswith(".json"):
        return {**files, path: canonical(change(json.loads(files[path])))}
    parsed = [json.loads(line) for line in files[path].splitlines()]
    changed = [canonical(line) + b"\n" for line in change(parsed)]
    return {**files, path: b"".join(changed)}
