"""The report that a judge reads: a PDF in Arabic, English or French, made from the dossier itself.

It repeats what a verifier found, with what is not proved beside what is, in the same size. It
shows no picture: a report lies open on desks, and who must see the pictures opens them.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Mapping, Sequence
from typing import Any

from amana.core.encoding import Json, parse
from amana.core.ids import is_sha256
from amana.dossier import layout
from amana.dossier.bag_rules import Bag
from amana.dossier.findings import CODES, NOTHING, Open, Verdict
from amana.dossier.item_rules import fields_of
from amana.dossier.judge import Examined
from amana.dossier.ledger_rules import Entries
from amana.dossier.sheet import ItemLine, Part
from amana.dossier.texts import sentence, texts
from amana.errors import NotProved
from amana.paper.render import render

MAX_ROWS = 1000
MAX_SHOWN = 6
# Unicode's isolates: what stands between them has a direction of its own (UAX 9).
_FIRST_STRONG, _LEFT_TO_RIGHT, _END = "\u2068", "\u2066", "\u2069"
_ARABIC = "\u0600-\u065f\u066a-\u06ef\u06fa-\u08ff"  # without its digits
_MARKS = "\u060c\u061b\u061f\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2192"
_WORD = "A-Za-z0-9\u00c0-\u017f\u0660-\u0669"
# From a Latin letter or a digit to the last one before Arabic: 227 / 9077 / 2935, a date, a key.
_LTR_RUN = re.compile(f"[{_WORD}](?:[^{_ARABIC}]*[{_WORD}=])?")


def report(language: str, bag: Bag, examined: Examined) -> bytes:
    """The PDF of one language. The same dossier gives the same bytes."""
    template = importlib.resources.files("amana.dossier") / "report.typ"
    return render(template.read_text("utf-8"), report_data(language, bag, examined))


def report_data(language: str, bag: Bag, examined: Examined) -> Json:
    """What the template shows: every text with its direction kept.

    Raises NotProved where the dossier could not be read.
    """
    sheet, entries, found = examined.sheet, examined.entries, examined.items
    if sheet is None:
        raise NotProved(what="the dossier", reason="its sheet cannot be read")
    verdict = examined.verdict
    words = texts(language)
    t = words["report"]
    disclosure = parse(bag.read(layout.DISCLOSURE), "disclosure")
    facts = [(t[name], str(disclosure[name])) for name in ("by", "basis", "terms")]
    facts.insert(0, (t["for"], str(disclosure["to"])))
    facts += [(t["made"], sheet.made), (t["id"], sheet.id)]
    summary = sentence(t["summary_text"], *_counts(found, entries))
    custody = _custody(parse(bag.read(layout.CUSTODY_REPORT), "custody report"))
    more = len(found) - MAX_ROWS
    return {
        "language": language,
        "texts": {name: text for name, text in t.items() if isinstance(text, str)},
        "id": sheet.id,
        "case": kept(sheet.case),
        "facts": [{"name": name, "value": kept(value)} for name, value in facts],
        "seal": sheet.seal.vkey,
        "summary": kept(summary),
        "proved": [words["codes"][code] for code in _with_something(verdict)],
        "not_proved": [kept(_shortened(question).say(language)) for question in verdict.open],
        "stamps": [{k: str(v) for k, v in s.items()} for s in _stamps(verdict)],
        "witnesses": sorted({w.name for ledger in sheet.ledgers for w in ledger.witnesses}),
        "receipts": kept(sentence(t["receipts"], sheet.receipts)),
        "custody": custody if sheet.receipts else [],
        "acts": _acts(entries.get(layout.OWN, Entries())),
        "held": _held(found, entries, t)[:MAX_ROWS],
        "items": [_item(i, entries[i.ledger], t) for i in found[:MAX_ROWS]],
        "more": kept(sentence(t["more"], more)) if more > 0 else [],
    }


def _shortened(question: Open) -> Open:
    """A key stands in full at the head of the report; below, its hash tells which one is meant."""
    return (
        Open("key", (str(question.parts[0]).split("+")[1],)) if question.key == "key" else question
    )


# --- direction -------------------------------------------------------------------------------


def kept(text: str) -> str:
    """`text` as a unit of its own direction, in which numbers and Latin words run left to right.

    Threat: in right-to-left text a bare 227 / 9077 / 2935 is printed turned round: another person.
    """
    inside = _LTR_RUN.sub(lambda run: _LEFT_TO_RIGHT + run.group() + _END, printable(text))
    return _FIRST_STRONG + inside + _END


def kept_path(path: str) -> str:
    """A path, left to right, each of its names in its own direction."""
    names = [_FIRST_STRONG + kept(name) + _END for name in path.split("/")]
    return _LEFT_TO_RIGHT + "/".join(names) + _END


def printable(text: str) -> str:
    """`text` in characters that the report's fonts have; others by their number, none lost.

    Threat: marks that turn direction (U+202E and its kin) could show a name as another.
    """
    return "".join(c if _has_glyph(c) else f"{{U+{ord(c):04X}}}" for c in text)


def _has_glyph(c: str) -> bool:
    plain = " " <= c <= "~" or "\u00a0" < c <= "\u017f"
    arabic = "\u0621" <= c <= "\u0652" or "\u0660" <= c <= "\u0669"
    arabic = arabic or "\u0671" <= c <= "\u06d3"  # Kurdish and Persian names, too
    return (plain and c != "\u00ad") or arabic or c in _MARKS


# --- rows ------------------------------------------------------------------------------------


def _counts(found: Sequence[ItemLine], entries: Mapping[str, Entries]) -> list[int]:
    proofs = [p for name, e in entries.items() if name != layout.OWN for p in e.proofs.values()]
    return [
        len(found),
        sum(1 for item in found if item.original.file),
        sum(1 for item in found if item.copy.file),
        sum(1 for proof in proofs if proof.withheld),
        sum(1 for proof in proofs if proof.redacted),
    ]


def _with_something(verdict: Verdict) -> list[str]:
    """The checks that had something to check: a report must not boast of empty ones."""
    examined = {check.name for check in verdict.checks if check.detail != NOTHING}
    # The seal, the bag and its manifests are written after the report, and judged at the end.
    return [c for c in CODES if c in examined or c in ("bag", "manifest", "tagmanifest", "seal")]


def _stamps(verdict: Verdict) -> list[dict[str, Any]]:
    stamps = verdict.facts.get("stamps", [])
    return stamps if isinstance(stamps, list) else []


def _acts(own: Entries) -> list[Json]:
    hidden = ("v", "kind", "seq", "salt", "act", "time", "checkpoint")
    rows = []
    for seq, record in list(own.records.items())[:MAX_ROWS]:
        named = [f"{k}: {_short(v)}" for k, v in record.fields.items() if k not in hidden]
        what = str(record.fields["act"]) + (f" ({'; '.join(named)})" if named else "")
        rows.append({"seq": str(seq), "time": str(record.fields["time"]), "what": kept(what)})
    return rows


def _short(value: Any) -> str:
    """A value of an act, as people read it: never as a programming language would print it."""
    if isinstance(value, dict):
        return " ".join(f"{name} {_short(v)}" for name, v in value.items())
    if isinstance(value, list):
        shown = [_short(x) for x in value[:MAX_SHOWN]]
        more = len(value) - len(shown)
        return ", ".join(shown) + (f", \u2026 (+{more})" if more > 0 else "")
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "\u2014"}[value]
    text = str(value)[:120]
    return text[:12] + "\u2026" if is_sha256(text) else text


def _item(item: ItemLine, entries: Entries, t: Mapping[str, Any]) -> Json:
    fields = fields_of(item, entries)
    original = fields.get("original", fields)
    original = original if isinstance(original, dict) else {}
    capture = fields.get("capture")
    digest = str(original.get("sha256", ""))
    return {
        "n": str(item.n),
        "entry": f"{item.ledger} / {item.seq}",
        "name": kept_path(str(original.get("path", ""))),
        "digest": digest,
        "date": str(capture.get("time", "")) if isinstance(capture, dict) else "",
        "state": kept(_state(item, entries, t)),
    }


def _held(
    found: Sequence[ItemLine], entries: Mapping[str, Entries], t: Mapping[str, Any]
) -> list[Json]:
    """Everything that is withheld or redacted, one line for each part, with its reason."""
    rows = []
    for item in found:
        proof = entries[item.ledger].proofs.get(item.seq)
        parts = [("entry", proof.withheld if proof else None)]
        if not (proof and proof.withheld):
            parts += [("original", item.original.withheld), ("copy", item.copy.withheld)]
        if proof and proof.redacted:
            gone = entries[item.ledger].redacted.get(item.seq)
            names = [name for name, _ in (gone.removed if gone else ()) if name != "salt"]
            parts.append(("fields", f"{', '.join(names)}: {proof.redacted}"))
        place = {"n": str(item.n), "entry": f"{item.ledger} / {item.seq}"}
        rows += [{**place, "part": t["held"][part], "why": kept(why)} for part, why in parts if why]
    return rows


def _state(item: ItemLine, entries: Entries, t: Mapping[str, Any]) -> str:
    proof = entries.proofs.get(item.seq)
    part: Part = item.original
    if proof and proof.withheld:
        return sentence(t["withheld"], proof.withheld)
    said = t["states"].get(item.state, item.state)
    if proof and proof.redacted:
        said += "; " + sentence(t["redacted"], proof.redacted)
    if part.withheld:
        said += "; " + sentence(t["withheld"], part.withheld)
    return str(said)


def _custody(said: Json) -> list[Json]:
    """The chains as the archive's own report lists them (spec/receipt.md), with their gaps."""
    rows = []
    for route in said.get("routes", [said]):
        for event in _dicts(route, "chain"):
            rest = [f"{k}: {_short(event[k])}" for k in ("proof", "what", "how") if event.get(k)]
            what = f"{event.get('from', '?')} \u2192 {event.get('to', '?')}"
            what += f" ({'; '.join(rest)})" if rest else ""
            rows.append({"when": str(event.get("when") or ""), "what": kept(what)})
        for name in ("gaps", "broken", "remarks"):
            found = route.get(name, []) if isinstance(route, dict) else []
            rows += [{"when": "!", "what": kept(str(line))} for line in found]
    return rows


def _dicts(value: Any, name: str) -> list[Json]:
    found = value.get(name) if isinstance(value, dict) else None
    return [x for x in found if isinstance(x, dict)] if isinstance(found, list) else []
