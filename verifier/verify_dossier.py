#!/usr/bin/env python3
"""Verify an Amana dossier. One file, Python's standard library and the `openssl` command.

Written from spec/dossier.md alone, as a second opinion on Amana itself: it shares no code with it.

    python3 verify_dossier.py FOLDER [--json] [--archive-key VKEY] [--root FILE ...] [--reveal FILE]

Ends with 0 when everything holds, 1 when something does not, 2 when FOLDER is no dossier.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

CODES = [
    *("bag", "tagmanifest", "manifest", "files", "sheet", "seal"),
    *("checkpoint", "consistency", "witness", "timestamp", "inclusion", "record", "redaction"),
    *("item", "original", "copy", "working", "custody", "disclosure"),
]
BULK = ("data/originals/", "data/copies/", "data/working/", "data/report/")
HEX64 = re.compile(r"[0-9a-f]{64}")
LANGUAGES = ["ar", "en", "fr"]
CONTENT = re.compile(r"(originals|copies|working)/([0-9a-f]{64})(?:\.[a-z0-9]{1,5})?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Bad(Exception):
    """Something is not as the specification says; the text says what."""


def need(condition: object, what: str) -> None:
    if not condition:
        raise Bad(what)


# --- primitive formats -----------------------------------------------------------------------


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def unbase64(text: Any, size: int | None = None) -> bytes:
    need(isinstance(text, str), "not base64 text")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise Bad("not base64") from None
    need(base64.b64encode(data).decode() == text, "base64 that is not canonical")
    need(size is None or len(data) == size, f"{len(data)} bytes instead of {size}")
    return data


def check_json(value: Any, depth: int) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        need(-(2**53) < value < 2**53, "an integer of more than 53 bits")
        return
    need(isinstance(value, dict | list) and depth > 0, "a value that is not allowed")
    if isinstance(value, dict):
        need(all(key.isascii() for key in value), "a key that is not ASCII")
        value = list(value.values())
    for inner in value:
        if type(inner) is not str:
            check_json(inner, depth - 1)


def canonical_json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"))
        need(isinstance(value, dict), "not a JSON object")
        check_json(value, 16)
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        need(again.encode("utf-8") == data, "JSON that is not canonical")
    except (ValueError, RecursionError):
        raise Bad("not JSON") from None
    return dict(value)


def fields(value: Any, names: str) -> dict[str, Any]:
    need(isinstance(value, dict) and set(value) == set(names.split()), f"fields are not: {names}")
    return dict(value)


def text(value: Any) -> str:
    need(isinstance(value, str) and value, "a text is missing")
    return str(value)


def count(value: Any) -> int:
    need(type(value) is int and 0 <= value < 2**53, "a count is wrong")
    return int(value)


def array(value: Any) -> list[Any]:
    need(isinstance(value, list), "an array is missing")
    return list(value)


def digest(value: Any) -> str:
    need(isinstance(value, str) and HEX64.fullmatch(value), "a SHA-256 is wrong")
    return str(value)


def moment(value: Any) -> str:
    need(isinstance(value, str) and MOMENT.fullmatch(value), "a time is wrong")
    try:
        datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise Bad("a time is wrong") from None
    return str(value)


def split_lines(data: bytes) -> list[bytes]:
    need(not data or data.endswith(b"\n"), "no line feed at the end")
    return data[:-1].split(b"\n") if data else []


# --- keys, notes -----------------------------------------------------------------------------


class Key:
    """A C2SP vkey."""

    def __init__(self, vkey: Any, algorithm: int) -> None:
        match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)", text(vkey))
        if not match:
            raise Bad("a vkey that does not parse")
        data = unbase64(match.group(3), 33)
        self.name, self.public, self.vkey = match.group(1), data[1:], str(vkey)
        self.id = sha256(self.name.encode() + b"\n" + data)[:4]
        self.algorithm = data[0]
        need(self.id.hex() == match.group(2), "a vkey whose hash is not that of its key")
        need(data[0] == algorithm, "a vkey of another algorithm")


def openssl(folder: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["openssl", *arguments], cwd=folder, capture_output=True, timeout=120, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Bad(f"openssl cannot be run: {error}") from None
    need(done.returncode == 0, f"openssl {arguments[0]} refuses")
    said = done.stdout + done.stderr  # some versions end with 0 after an error
    need(
        "-verify" not in arguments or re.search(b"(?i)verif[a-z]*:? (OK|success)", said),
        "openssl refuses",
    )
    return done.stdout.decode("utf-8", "replace")


def write(folder: str, **files: bytes) -> None:
    for name, data in files.items():
        Path(folder, name).write_bytes(data)


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64:
        return False
    # RFC 8410: SubjectPublicKeyInfo of Ed25519 is this prefix and the 32 bytes.
    der = bytes.fromhex("302a300506032b6570032100") + public
    with tempfile.TemporaryDirectory() as folder:
        write(folder, key=der, message=message, signature=signature)
        how = "-verify -pubin -keyform DER -inkey key -rawin -in message -sigfile signature"
        try:
            openssl(folder, "pkeyutl", *how.split())
        except Bad as error:
            if "cannot be run" in str(error):
                raise
            return False
    return True


class Note:
    """A signed note whose every signature is by a named key, the owner's among them and good."""

    def __init__(self, data: bytes, owner: Key, witnesses: list[Key]) -> None:
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Bad("a note that is not UTF-8") from None
        body, blank, tail = whole.rpartition("\n\n")
        need(blank and tail.endswith("\n") and len(whole) <= 1_000_000, "a note without signatures")
        self.text = body + "\n"
        need(all(c >= " " or c == "\n" for c in self.text), "a note with control characters")
        keys = {(key.name, key.id): key for key in [owner, *witnesses]}
        self.good: list[str] = []
        self.bad: list[str] = []
        seen = set()
        signed_by_owner = False
        for line in tail[:-1].split("\n"):
            match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/]+=*)", line)
            if not match:
                raise Bad("a bad signature line")
            blob = unbase64(match.group(2))
            which = (match.group(1), blob[:4])
            need(which in keys and which not in seen, "signed twice by one key, or by none we know")
            seen.add(which)
            key, signature, message = keys[which], blob[4:], self.text.encode()
            if key.algorithm == 4:
                time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = f"cosignature/v1\ntime {time}\n".encode() + message
            holds = ed25519_holds(key.public, message, signature)
            if key is owner:
                need(holds, f"the signature of {owner.name} does not hold")
                signed_by_owner = True
            else:
                (self.good if holds else self.bad).append(key.name)
        need(signed_by_owner, f"not signed by {owner.name}")


def read_head(note: Note, key: Key) -> tuple[int, bytes]:
    parts = note.text.split("\n")
    need(len(parts) >= 4 and parts[0] == key.name, "a head of another origin")
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", parts[1]), "a size that is no plain number")
    need(int(parts[1]) < 2**63, "a size beyond all ledgers")
    return int(parts[1]), unbase64(parts[2], 32)


def read_chain(chain: bytes) -> list[bytes]:
    """The PEM certificates of a chain, which must be plain and canonical."""
    form = b"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n"
    found = list(re.finditer(form, chain))
    need(found and b"".join(m.group() for m in found) == chain, "certificates not in plain PEM")
    for match in found:
        unbase64(match.group(1).replace(b"\n", b"").decode())
    return [match.group() for match in found]


def check_chain(folder: str, certificates: list[bytes], at: str) -> None:
    """Each certificate is signed by the next, the last by itself."""
    how = ["verify", "-check_ss_sig", "-partial_chain", "-purpose", "any", "-attime", at]
    for one, issuer in zip(certificates, [*certificates[1:], certificates[-1]], strict=True):
        write(folder, one=one, issuer=issuer)
        openssl(folder, *how, "-CAfile", "issuer", "one")


# --- RFC 9162 --------------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def root_from_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Recursive reading of the tree: how many leaves lie to the left decides each step."""
    need(index < size, "an entry outside its tree")
    if size == 1:
        need(not path, "a proof with too many steps")
        return leaf
    need(path, "a proof with too few steps")
    half = 1 << ((size - 1).bit_length() - 1)
    if index < half:
        return node(root_from_inclusion(leaf, index, half, path[:-1]), path[-1])
    return node(path[-1], root_from_inclusion(leaf, index - half, size - half, path[:-1]))


def roots_from_consistency(
    old: int, new: int, path: list[bytes], old_root: bytes, whole: bool
) -> tuple[bytes, bytes]:
    """(root of the old tree, root of the new one), by RFC 6962 section 2.1.2 read backwards."""
    if old == new:
        if whole:
            need(not path, "a proof with too many steps")
            return old_root, old_root
        need(len(path) == 1, "a proof with a wrong number of steps")
        return path[0], path[0]
    need(path, "a proof with too few steps")
    half = 1 << ((new - 1).bit_length() - 1)
    if old <= half:
        left_old, left_new = roots_from_consistency(old, half, path[:-1], old_root, whole)
        return left_old, node(left_new, path[-1])
    right_old, right_new = roots_from_consistency(old - half, new - half, path[:-1], b"", False)
    return node(path[-1], right_old), node(path[-1], right_new)


# --- reading the folder ----------------------------------------------------------------------


class Folder:
    """Digests of all files, bytes of the small ones, and what is neither file nor folder."""

    def __init__(self, root: str) -> None:
        self.sizes: dict[str, int] = {}
        self.odd: list[str] = []
        self.digests: dict[str, str] = {}
        self.small: dict[str, bytes] = {}
        self._walk(root, "")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            paths = sorted(self.sizes)
            for path, found in zip(paths, pool.map(partial(self._read, root), paths), strict=True):
                self.digests[path], self.sizes[path] = found

    def _walk(self, root: str, prefix: str) -> None:
        with os.scandir(Path(root, prefix)) as entries:
            found = list(entries)
        if not found and prefix:
            self.odd.append(prefix)
        for entry in found:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                self._walk(root, prefix + entry.name + "/")
            elif stat.S_ISREG(status.st_mode):
                self.sizes[prefix + entry.name] = status.st_size
            else:
                self.odd.append(prefix + entry.name)

    def _read(self, root: str, path: str) -> tuple[str, int]:
        state, size = hashlib.sha256(), 0
        kept: list[bytes] | None = None if path.startswith(BULK) else []
        with Path(root, path).open("rb", buffering=0) as stream:
            while chunk := stream.read(1 << 20):
                state.update(chunk)
                size += len(chunk)
                if kept is not None:
                    kept.append(chunk)
        if kept is not None:
            self.small[path] = b"".join(kept)
        return state.hexdigest(), size

    def __getitem__(self, path: str) -> bytes:
        return self.small.get(path, b"")

    def payload(self) -> list[str]:
        return [path for path in self.sizes if path.startswith("data/")]


# --- the verification ------------------------------------------------------------------------


class Ledger:
    def __init__(self, entry: Any) -> None:
        said = fields(entry, "name holder vkey witnesses checkpoints")
        self.name, self.holder = text(said["name"]), text(said["holder"])
        self.key = Key(said["vkey"], 1)
        self.witnesses = [Key(vkey, 4) for vkey in array(said["witnesses"])]
        self.tokens: list[list[str]] = []
        for checkpoint in array(said["checkpoints"]):
            tokens = array(fields(checkpoint, "tokens")["tokens"])
            self.tokens.append([text(fields(token, "url")["url"]) for token in tokens])
        need(self.tokens, "a ledger without checkpoints")
        self.own = self.name == "own"
        self.proofs: dict[int, dict[str, Any]] = {}
        self.said: dict[int, dict[str, Any]] = {}  # records, or what redacted ones still say
        self.disclosed: set[int] = set()

    def path(self, what: str) -> str:
        if self.own:
            return f"data/access/{what}.jsonl"
        return f"data/{what}/{self.name}.jsonl"


class Verification:
    def __init__(
        self, folder: Folder, archive_key: str | None = None, roots: list[bytes] | None = None
    ) -> None:
        self.folder = folder
        self.archive_key = archive_key
        self.roots = roots or []
        self.wrong: dict[str, list[str]] = {}
        self.notes: dict[str, list[str]] = {}
        self.not_proved: list[str] = []
        self.called_for = {"data/dossier.json", "data/items.jsonl", "data/custody/report.json"}
        self.called_for |= {"data/access/disclosure.json"}
        self.ledgers: list[Ledger] = []
        self.run()

    # -- how findings are kept

    def fail(self, code: str, what: str) -> None:
        self.wrong.setdefault(code, []).append(what)

    def note(self, code: str, what: str) -> None:
        self.notes.setdefault(code, []).append(what)

    def attempt(self, code: str, where: str, work: Callable[..., Any], *given: Any) -> Any:
        try:
            return work(*given)
        except Bad as error:
            self.fail(code, f"{where}: {error}" if where else str(error))
            return None

    @property
    def ok(self) -> bool:
        return not self.wrong

    # -- the order of work

    def run(self) -> None:
        self.attempt("manifest", "", self.check_manifest, "manifest", None)
        tags = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "seal.note"]
        self.attempt("tagmanifest", "", self.check_manifest, "tagmanifest", tags)
        sheet = self.attempt("sheet", "", self.read_sheet)
        if sheet is None:
            self.not_proved.append("anything: the sheet cannot be read")
            return
        self.check_bag()
        self.attempt("seal", "", self.check_seal)
        for ledger in self.ledgers:
            self.check_ledger(ledger)
        self.attempt("item", "", self.check_items)
        self.check_files()
        self.attempt("custody", "", canonical_json, self.folder["data/custody/report.json"])
        self.check_custody()
        self.attempt("disclosure", "", self.check_disclosure)
        self.say_what_is_not_proved()

    def check_manifest(self, name: str, wanted: list[str] | None) -> None:
        listed: dict[str, str] = {}
        last = ""
        for line in split_lines(self.folder[f"{name}-sha256.txt"]):
            match = re.fullmatch(rb"([0-9a-f]{64})  ([\x21-\x7e]+)", line)
            if not match:
                raise Bad(f"a line of {name}-sha256.txt has another form")
            path = match.group(2).decode()
            need(path > last, f"{name}-sha256.txt is not in order")
            listed[path], last = match.group(1).decode(), path
        there = set(self.folder.payload() if wanted is None else wanted)
        for path in sorted(there | set(listed)):
            if path not in listed:
                self.fail(name, f"{path} is not listed")
            elif path not in there or path not in self.folder.digests:
                self.fail(name, f"{path} is not there")
            elif self.folder.digests[path] != listed[path]:
                self.fail(name, f"{path} has been changed")
        self.note(name, f"{len(listed)} files")

    def read_sheet(self) -> dict[str, Any]:
        sheet = canonical_json(self.folder["data/dossier.json"])
        names = "v id case made languages reports seal ledgers receipts couriers"
        self.sheet = fields(sheet, names)
        need(type(sheet["v"]) is int and sheet["v"] == 1, "an unknown version")
        need(isinstance(sheet["id"], str) and re.fullmatch("[0-9a-f]{32}", sheet["id"]), "a bad id")
        text(sheet["case"])
        moment(sheet["made"])
        for what, stem in (
            ("languages", "data/HOW-TO-VERIFY.{}.txt"),
            ("reports", "data/report/report.{}.pdf"),
        ):
            need(sheet[what] == [x for x in LANGUAGES if x in array(sheet[what])], f"bad {what}")
            self.called_for |= {stem.format(language) for language in sheet[what]}
        self.note("sheet", f"{sheet['case']}; dossier {sheet['id']}, made {sheet['made']}")
        self.seal_key = Key(sheet["seal"], 1)
        self.ledgers = [Ledger(entry) for entry in array(sheet["ledgers"])]
        names_given = [ledger.name for ledger in self.ledgers]
        plain = [name for name in names_given if name != "own"]
        wanted = [f"{i:02d}" for i in range(1, len(plain) + 1)]
        need(plain and names_given in (wanted, [*wanted, "own"]), "ledgers are not 01, 02, … own")
        origins = {ledger.key.name for ledger in self.ledgers}
        need(len(origins) == len(self.ledgers), "two ledgers of one origin")
        for number in range(1, count(sheet["receipts"]) + 1):
            self.called_for.add(f"data/custody/{number:06d}.receipt")
        for courier in array(sheet["couriers"]):
            text(fields(courier, "name key")["name"])
            unbase64(courier["key"], 32)
        return self.sheet

    def check_bag(self) -> None:
        if self.folder["bagit.txt"] != (
            b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        ):
            self.fail("bag", "bagit.txt is not that of a BagIt 1.0 bag")
        payload = self.folder.payload()
        size = sum(self.folder.sizes[path] for path in payload)
        want = re.compile(
            rb"Bagging-Date: (\d{4}-\d\d-\d\d)\nExternal-Identifier: ([0-9a-f]{32})\n"
            rb"Payload-Oxum: (\d{1,18})\.(\d{1,18})\n"
        )
        match = want.fullmatch(self.folder["bag-info.txt"])
        if not match:
            self.fail("bag", "bag-info.txt has another form")
            return
        if match.group(3, 4) != (b"%d" % size, b"%d" % len(payload)):
            self.fail("bag", "the payload has not the number of bytes and files that it should")
        if match.group(2).decode() != self.sheet["id"]:
            self.fail("bag", "bag-info.txt is that of another dossier")
        if match.group(1).decode() != self.sheet["made"][:10]:
            self.fail("bag", "bag-info.txt names another day")
        self.note("bag", f"{len(payload)} files, {size} bytes")

    def check_seal(self) -> None:
        for ledger in self.ledgers:
            if ledger.own and ledger.key.vkey != self.seal_key.vkey:
                self.fail("seal", "the seal is not by the key of the archive's own ledger")
        if self.archive_key is not None and self.archive_key.strip() != self.seal_key.vkey:
            self.fail("seal", "the seal is not by the key that you gave")
        note = Note(self.folder["seal.note"], self.seal_key, [])
        manifest = self.folder.digests.get("manifest-sha256.txt", "")
        need(
            note.text == f"amana/v1/dossier\n{self.sheet['id']}\n{manifest}\n",
            "the seal is that of another dossier, or of another state of this one",
        )
        self.note("seal", f"by {self.seal_key.vkey}")

    # -- ledgers

    def check_ledger(self, ledger: Ledger) -> None:
        heads: list[tuple[int, bytes] | None] = []
        for place, urls in enumerate(ledger.tokens, start=1):
            path = f"data/ledger/{ledger.name}/{place:06d}.note"
            self.called_for.add(path)
            head = self.attempt("checkpoint", path, self.open_head, ledger, path)
            heads.append(head)
            for number, url in enumerate(urls, start=1):
                stem = f"data/timestamps/{ledger.name}-{place:06d}-{number}"
                self.called_for |= {stem + end for end in (".note", ".tsq", ".tsr", ".pem")}
                self.attempt(
                    "timestamp",
                    stem,
                    self.check_token,
                    ledger,
                    path,
                    stem,
                    url,
                )
        sizes = [head[0] for head in heads if head]
        if sizes != sorted(set(sizes)):
            self.fail(
                "checkpoint", f"{ledger.name}: a later head is not larger than an earlier one"
            )
        self.note("checkpoint", f"{ledger.name}: {len(heads)} heads")
        path = f"data/ledger/{ledger.name}/consistency.jsonl"
        if len(heads) > 1:
            self.called_for.add(path)
        self.attempt("consistency", path, self.check_consistency, path, heads)
        self.attempt(
            "inclusion",
            ledger.path("proofs"),
            self.check_proofs,
            ledger,
            dict(head for head in heads if head),
        )
        self.attempt("record", ledger.path("records"), self.check_records, ledger)
        self.attempt("redaction", ledger.path("redacted"), self.check_redacted, ledger)

    def open_head(self, ledger: Ledger, path: str) -> tuple[int, bytes]:
        note = Note(self.folder[path], ledger.key, ledger.witnesses)
        head = read_head(note, ledger.key)
        for name in note.bad:
            self.fail("witness", f"{path}: the cosignature of {name} does not hold")
        for name in note.good:
            self.note("witness", f"{path}: {name}")
        return head

    def check_consistency(self, path: str, heads: list[tuple[int, bytes] | None]) -> None:
        steps = []
        for line in split_lines(self.folder[path]):
            step = fields(canonical_json(line), "from path to")
            nodes = [unbase64(x, 32) for x in array(step["path"])]
            need(len(nodes) <= 64, "a proof with too many steps")
            steps.append((count(step["from"]), count(step["to"]), nodes))
        need(len(steps) == len(heads) - 1, f"{len(steps)} steps between {len(heads)} heads")
        for (start, end, nodes), old, new in zip(steps, heads, heads[1:], strict=False):
            if old is None or new is None:
                continue
            need((start, end) == (old[0], new[0]), "a step between other heads")
            need(0 < start < end, "a step that does not go forward")
            found = roots_from_consistency(start, end, nodes, old[1], True)
            need(found == (old[1], new[1]), "a later head does not continue the earlier one")
        if steps:
            self.note("consistency", f"{len(steps)} steps")

    def check_token(self, ledger: Ledger, head: str, stem: str, url: str) -> None:
        stamped, query, reply, chain = (
            self.folder[stem + end] for end in (".note", ".tsq", ".tsr", ".pem")
        )
        note = Note(stamped, ledger.key, ledger.witnesses)
        size, _ = read_head(note, ledger.key)
        need(self.folder[head].startswith(note.text.encode() + b"\n"), "it is over another head")
        certificates = read_chain(chain)
        root = b"".join(self.roots) if self.roots else certificates[-1]
        with tempfile.TemporaryDirectory() as folder:
            write(folder, stamped=stamped, query=query, reply=reply, chain=chain, root=root)
            shown = openssl(folder, "ts", "-reply", "-in", "reply", "-text")
            match = re.search(
                r"^Time stamp: (\w{3}) +(\d+) (\d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT$", shown, re.M
            )
            if not match:
                raise Bad("it states no time")
            stated = datetime.datetime.strptime(
                " ".join(match.groups()) + " +0000", "%b %d %H:%M:%S %Y %z"
            )
            at = str(int(stated.timestamp()))
            trust = ["-CAfile", "root", "-untrusted", "chain", "-attime", at]
            check_chain(folder, certificates, at)
            openssl(folder, "ts", "-verify", "-in", "reply", "-data", "stamped", *trust)
            openssl(folder, "ts", "-verify", "-in", "reply", "-queryfile", "query", *trust)
        when = stated.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.note("timestamp", f"{ledger.name}: {size} entries existed at {when} ({url})")

    def check_proofs(self, ledger: Ledger, heads: dict[int, bytes]) -> None:
        self.called_for |= {ledger.path("proofs"), ledger.path("records")}
        last = -1
        for line in split_lines(self.folder[ledger.path("proofs")]):
            proof = canonical_json(line)
            why = set(proof) & {"withheld", "redacted"}
            need(len(why) <= 1, "a proof both withheld and redacted")
            fields(proof, " ".join(["leaf path seq size", *why]))
            for name in why:
                text(proof[name])
            seq, size, leaf = count(proof["seq"]), count(proof["size"]), digest(proof["leaf"])
            nodes = [unbase64(x, 32) for x in array(proof["path"])]
            need(len(nodes) <= 64, "a proof with too many steps")
            need(seq > last, "proofs are not in order")
            last = seq
            ledger.proofs[seq] = proof
            self.attempt(
                "inclusion",
                f"{ledger.name}, entry {seq}",
                self.check_inclusion,
                heads,
                seq,
                size,
                leaf,
                nodes,
            )
            if "redacted" in proof:
                self.called_for.add(ledger.path("redacted"))
        self.note("inclusion", f"{ledger.name}: {len(ledger.proofs)} entries")

    def check_inclusion(
        self, heads: dict[int, bytes], seq: int, size: int, leaf: str, nodes: list[bytes]
    ) -> None:
        need(size in heads, f"there is no head of {size} entries")
        root = root_from_inclusion(bytes.fromhex(leaf), seq, size, nodes)
        need(root == heads[size], "its proof leads to another root")

    def check_records(self, ledger: Ledger) -> None:
        lines = split_lines(self.folder[ledger.path("records")])
        wanted = [s for s, p in ledger.proofs.items() if not {"withheld", "redacted"} & set(p)]
        if len(lines) != len(wanted):
            self.fail("record", f"{ledger.name}: {len(lines)} lines for {len(wanted)} entries")
        for line, seq in zip(lines, wanted, strict=False):
            self.attempt(
                "record",
                f"{ledger.name}, entry {seq}",
                self.check_record,
                ledger,
                line,
                seq,
            )
        self.note("record", f"{ledger.name}: {len(lines)} records")

    def check_record(self, ledger: Ledger, line: bytes, seq: int) -> None:
        need(
            sha256(b"\x00" + line).hex() == ledger.proofs[seq]["leaf"],
            "it is not the line that was committed",
        )
        need(len(line) <= 1 << 20, "it is longer than 1 MiB")
        record = canonical_json(line)
        check_record(record)
        need(record.get("ledger", ledger.key.name) == ledger.key.name, "it is of another ledger")
        need(record["seq"] == seq, "it says that it is another entry")
        need(not ledger.own or record["kind"] == "act", "the archive's ledger holds acts only")
        ledger.said[seq] = record
        ledger.disclosed.add(seq)

    def check_redacted(self, ledger: Ledger) -> None:
        lines = split_lines(self.folder[ledger.path("redacted")])
        wanted = [seq for seq, proof in ledger.proofs.items() if "redacted" in proof]
        need(len(lines) == len(wanted), f"{len(lines)} lines for {len(wanted)} redacted entries")
        for line, seq in zip(lines, wanted, strict=False):
            entry = fields(canonical_json(line), "fields leaf removed seq")
            need(isinstance(entry["fields"], dict), "no fields")
            names = []
            for hole in array(entry["removed"]):
                names.append(text(fields(hole, "field reason")["field"]))
                text(hole["reason"])
            need(names == sorted(set(names)), "removed fields are not in order")
            proof = ledger.proofs[seq]
            need(count(entry["seq"]) == seq, "another entry than the proof's")
            need(digest(entry["leaf"]) == proof["leaf"], "another leaf than the proof's")
            need("salt" in names, f"entry {seq} keeps its salt: what is removed can be guessed")
            for name in names:
                value: Any = entry["fields"]
                for part in name.split("."):
                    value = value.get(part, Bad) if isinstance(value, dict) else Bad
                need(value is Bad, f"entry {seq} still holds {name}")
            ledger.said[seq] = entry["fields"]
        if lines:
            self.note("redaction", f"{ledger.name}: {len(lines)} redacted records")

    # -- items

    def check_items(self) -> None:
        items = [self.read_item(line) for line in split_lines(self.folder["data/items.jsonl"])]
        wanted = [(x.name, seq) for x in self.ledgers if not x.own for seq in x.proofs]
        if [(item["ledger"], item["seq"]) for item in items] != wanted:
            self.fail("item", "the items do not answer to the entries one by one")
        if [item["n"] for item in items] != list(range(1, len(items) + 1)):
            self.fail("item", "the items are not counted from 1")
        by_name = {ledger.name: ledger for ledger in self.ledgers}
        self.absent = 0
        for item in items:
            self.call_for(item)
            ledger = by_name.get(item["ledger"])
            said = ledger.said.get(item["seq"], {}) if ledger else {}
            known: set[Any] = set()
            for part in ("original", "copy"):
                self.attempt(part, f"item {item['n']}", self.check_part, item, part, said)
                if isinstance(said.get(part), dict):
                    known.add(said[part].get("sha256"))
            for step in item.get("working", []):
                self.attempt("working", f"item {item['n']}", self.check_working, step, known)
            self.absent += "absent" in item["original"]
        self.note("item", f"{len(items)} items")
        for part in ("original", "copy"):
            self.note(part, f"{sum('file' in item[part] for item in items)} files")

    def read_item(self, line: bytes) -> dict[str, Any]:
        item = canonical_json(line)
        extra = ["working"] if "working" in item else []
        fields(item, " ".join(["copy ledger n original seq state", *extra]))
        text(item["ledger"])
        text(item["state"])
        count(item["n"])
        count(item["seq"])
        for name, folder in (("original", "originals/"), ("copy", "copies/")):
            part = item[name]
            need(isinstance(part, dict) and len(part) == 1, f"a bad {name}")
            ((kind, value),) = part.items()
            need(kind in ("file", "withheld", "absent"), f"a bad {name}")
            text(value)
            if kind == "file":
                need(value.startswith(folder) and CONTENT.fullmatch(value), f"a bad {name}")
        for step in array(item.get("working", [])):
            path = text(fields(step, "act file")["file"])
            count(step["act"])
            need(path.startswith("working/") and CONTENT.fullmatch(path), "a bad working copy")
        need(not extra or item["working"], "an empty list of working copies")
        return item

    def call_for(self, item: dict[str, Any]) -> None:
        """Once all items could be read: the files that this one names."""
        named = [item[name].get("file") for name in ("original", "copy")]
        named += [step["file"] for step in item.get("working", [])]
        self.called_for |= {"data/" + path for path in named if path}

    def check_part(self, item: dict[str, Any], name: str, said: dict[str, Any]) -> None:
        path = item[name].get("file")
        if path is None:
            return
        committed = said.get(name)
        need(isinstance(committed, dict), f"no disclosed record speaks of {path}")
        assert isinstance(committed, dict)
        digest(committed.get("sha256"))
        self.check_file(path, committed["sha256"], committed.get("size"))

    def check_file(self, path: str, sha: str, size: Any) -> None:
        match = CONTENT.fullmatch(path)
        need(match and match.group(2) == sha, f"the record speaks of another file than {path}")
        need(
            self.folder.digests.get("data/" + path) == sha
            and self.folder.sizes.get("data/" + path) == size,
            f"{path} is not the file that was committed to",
        )

    def check_working(self, step: dict[str, Any], known: set[Any]) -> None:
        own = [ledger for ledger in self.ledgers if ledger.own]
        act = own[0].said.get(step["act"], {}) if own and step["act"] in own[0].disclosed else {}
        need(act.get("act") == "derived", f"act {step['act']} does not record it")
        text(act.get("operation"))
        text(act.get("reason"))
        made = act.get("made")
        need(isinstance(made, dict) and {"sha256", "size", "media_type"} <= set(made), "bad act")
        assert isinstance(made, dict)
        need(act.get("from") in known, f"act {step['act']} began with something else")
        digest(made["sha256"])
        self.check_file(step["file"], made["sha256"], made["size"])
        known.add(made["sha256"])
        self.note("working", step["file"])

    # -- the rest

    def check_files(self) -> None:
        tags = {"bagit.txt", "bag-info.txt", "seal.note", "manifest-sha256.txt"}
        wanted = self.called_for | tags | {"tagmanifest-sha256.txt"}
        there = set(self.folder.sizes)
        for path in sorted(there - wanted):
            self.fail("files", f"{printable(path)} is not called for")
        for path in sorted(wanted - there):
            self.fail("files", f"{path} is missing")
        for path in sorted(self.folder.odd):
            self.fail("files", f"{printable(path)} is neither a file nor a folder with files")
        self.note("files", f"{len(there)} files")

    def check_custody(self) -> None:
        paths = [f"data/custody/{i:06d}.receipt" for i in range(1, self.sheet["receipts"] + 1)]
        files = [self.folder[path] for path in paths]
        found = [
            self.attempt("custody", p, self.check_receipt, f)
            for p, f in zip(paths, files, strict=True)
        ]
        receipts = [receipt for receipt in found if receipt]
        if len(set(files)) != len(files):
            self.fail("custody", "a receipt stands twice")
        links = [receipt["link"] for receipt in receipts]
        for place, receipt in enumerate(receipts):
            if receipt["former"] in links[place:]:
                self.fail("custody", "a receipt stands before the one that it continues")
        whole = sum(receipt["whole"] for receipt in receipts)
        if files:
            self.note("custody", f"{whole} receipts, {len(receipts) - whole} halves")

    def check_receipt(self, data: bytes) -> dict[str, Any]:
        receipt = canonical_json(data)
        statement = receipt.get("statement") or {}
        need(set(receipt) - {"giver"} == {"v", "statement", "taker"}, "its fields")
        need(receipt["v"] == 1 and isinstance(statement, dict), "its fields")
        former = unbase64(statement.get("former"), 32)
        said = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        couriers = [unbase64(courier["key"]) for courier in self.sheet["couriers"]]
        keys = {who: unbase64(statement.get(who), 32) for who in ("giver", "taker")}
        need(keys["giver"] != keys["taker"], "giver and taker are one")
        for who, key in keys.items():
            need(not couriers or key in couriers, f"the {who} is no courier of this dossier")
            if who in receipt:
                signature = unbase64(receipt[who], 64)
                message = b"amana/v1/sign/receipt\0" + said.encode()
                need(ed25519_holds(key, message, signature), f"the {who} did not sign it")
        link = sha256(b"amana/v1/receipt/link\0" + said.encode())
        return {"former": former, "link": link, "whole": "giver" in receipt}

    def check_disclosure(self) -> None:
        said = canonical_json(self.folder["data/access/disclosure.json"])
        also = " supplements" if "supplements" in said else ""
        for value in fields(said, "basis by on terms to" + also).values():
            text(value)
        moment(said["on"])
        self.note("disclosure", f"{said['by']} to {said['to']}, {said['on']}")
        if also:
            self.note("disclosure", f"supplements dossier {self.former(said['supplements'])}")

    def former(self, seal: str) -> str:
        """The id of the dossier whose seal this is: another one, sealed by the same key."""
        lines = Note(seal.encode(), self.seal_key, []).text.split("\n")
        need(len(lines) == 4 and lines[0] == "amana/v1/dossier", "it supplements no dossier")
        need(re.fullmatch("[0-9a-f]{32}", lines[1]), "it supplements a dossier without an id")
        digest(lines[2])
        need(lines[1] != self.sheet["id"], "it supplements itself")
        return lines[1]

    def say_what_is_not_proved(self) -> None:
        say = self.not_proved.append
        if self.archive_key is None:
            say(
                f"that {self.seal_key.vkey} is the archive's key: compare it with the published one"
            )
        for ledger in self.ledgers:
            if not ledger.own:
                say(f"that the key of ledger {ledger.name} was held by {ledger.holder}")
            if not any(ledger.tokens):
                say(f"when ledger {ledger.name} existed: no independent authority saw it")
            if not ledger.witnesses:
                say(f"that ledger {ledger.name} was shown to all alike: no witness cosigned it")
        if any(any(x.tokens) for x in self.ledgers) and not self.roots:
            say("that the time authorities' roots are to be trusted: give them with --root")
        say("what the pictures show; where, when and by whom they were taken")
        say("what happened to a file before the first head that holds it")
        say("that nothing else exists; that the archive's list of its own acts is complete")
        self.say_what_is_withheld()
        if not self.sheet["receipts"]:
            say("by whose hands the disks went: there are no custody receipts")
        elif not self.sheet["couriers"]:
            say("who signed the custody receipts: no couriers are named")
        if self.gaps():
            say(f"what happened where the archive's report on custody has gaps ({self.gaps()})")

    def gaps(self) -> int:
        """Gaps, breaks and remarks in the archive's own report on custody."""
        try:
            said = canonical_json(self.folder["data/custody/report.json"])
        except Bad:
            return 0
        routes = said.get("routes", [said])
        kept = [x for x in routes if isinstance(x, dict)] if isinstance(routes, list) else []
        lists = [x.get(name) for x in kept for name in ("gaps", "broken", "remarks")]
        return sum(len(x) for x in lists if isinstance(x, list))

    def say_what_is_withheld(self) -> None:
        say = self.not_proved.append
        proofs = [proof for ledger in self.ledgers for proof in ledger.proofs.values()]
        for word, what in (
            ("withheld", "what withheld entries say"),
            ("redacted", "that redacted records agree with what was committed"),
        ):
            if any(word in proof for proof in proofs):
                say(f"{what} ({sum(word in proof for proof in proofs)} of them)")
        if getattr(self, "absent", 0):
            say(f"anything about the bytes of {self.absent} originals that are absent")

    def reveal(self, line: bytes) -> str:
        """Where a line that was shown separately (to a judge alone) was committed."""
        leaf = sha256(b"\x00" + line).hex()
        for ledger in self.ledgers:
            for seq, proof in ledger.proofs.items():
                if proof["leaf"] == leaf:
                    return f"this line is entry {seq} of ledger {ledger.name}, as committed"
        return "this line is no entry of this dossier"


# --- records (spec/record.md) ----------------------------------------------------------------


def check_record(record: dict[str, Any]) -> None:
    need(type(record.get("v")) is int and record["v"] == 1, "a record of an unknown version")
    count(record.get("seq"))
    unbase64(record.get("salt"), 32)
    kind = record.get("kind")
    if kind == "item":
        check_item(record)
    elif kind == "skipped":
        check_path(record)
        text(record.get("reason"))
    elif kind == "act":
        text(record.get("act"))
        moment(record.get("time"))
    else:
        raise Bad("a record of an unknown kind")


def check_item(record: dict[str, Any]) -> None:
    original, capture = section(record, "original"), section(record, "capture")
    check_bytes(original)
    check_path(original)
    text(original.get("mtime"))
    moment(capture.get("time"))
    text(capture.get("tool"))
    for name in ("copy", "photo"):
        if name in record:
            part = section(record, name)
            count(part.get("width"))
            count(part.get("height"))
    if "copy" in record:
        check_bytes(record["copy"])
        suffix = text(record["copy"].get("suffix"))
        need(re.fullmatch(r"\.[a-z0-9]{1,5}", suffix), "a bad suffix")


def section(record: dict[str, Any], name: str) -> dict[str, Any]:
    need(isinstance(record.get(name), dict), f"a record without {name}")
    return dict(record[name])


def check_bytes(part: dict[str, Any]) -> None:
    digest(part.get("sha256"))
    count(part.get("size"))
    text(part.get("media_type"))


def check_path(part: dict[str, Any]) -> None:
    if "path_raw" in part:
        unbase64(part["path_raw"])
    else:
        need(isinstance(part.get("path"), str), "a record without a path")


# --- the command -----------------------------------------------------------------------------


def printable(path: str) -> str:
    safe = path.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in safe)


def results(verification: Verification) -> Iterator[dict[str, Any]]:
    for code in CODES:
        wrong = verification.wrong.get(code)
        unread = "sheet" in verification.wrong and code not in ("manifest", "tagmanifest", "sheet")
        if unread:
            continue
        detail = wrong or verification.notes.get(code, [])
        yield {"name": code, "ok": not wrong, "detail": "; ".join(detail[:3])}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an Amana dossier, offline.")
    parser.add_argument("folder", help="the folder that holds bagit.txt")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--archive-key", metavar="VKEY", help="the archive's key, as published")
    parser.add_argument(
        "--root", action="append", default=[], help="root certificate (PEM) of a time authority"
    )
    parser.add_argument("--reveal", metavar="FILE", help="a record's line that was shown apart")
    options = parser.parse_args(arguments)
    try:
        for path in ("bagit.txt", "data/dossier.json"):
            need(Path(options.folder, path).is_file(), f"no {path}: not a dossier")
        roots = [Path(name).read_bytes() for name in options.root]
        verification = Verification(Folder(options.folder), options.archive_key, roots)
        revealed = None
        if options.reveal:
            line = Path(options.reveal).read_bytes().removesuffix(b"\n")
            revealed = verification.reveal(line)
    except (OSError, Bad) as error:
        print(f"{options.folder}: {error}", file=sys.stderr)
        return 2
    show(verification, options.json, revealed)
    return 0 if verification.ok else 1


def show(verification: Verification, as_json: bool, revealed: str | None) -> None:
    checks = list(results(verification))
    if as_json:
        whole = {
            "ok": verification.ok,
            "checks": checks,
            "failed": [check["name"] for check in checks if not check["ok"]],
            "not_proved": verification.not_proved,
            "revealed": revealed,
        }
        print(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    for check in checks:
        outcome = "FAIL" if not check["ok"] else "ok  " if check["detail"] else "-   "
        print(f"{outcome}  {check['name']:<12} {check['detail'] or 'nothing to check'}")
    print("\nNot proved:")
    for line in verification.not_proved:
        print(f"  - {line}")
    if revealed:
        print(f"\n{revealed}")
    print("\nEverything that can be checked holds." if verification.ok else "\nDO NOT RELY ON IT.")


if __name__ == "__main__":
    sys.exit(main())
