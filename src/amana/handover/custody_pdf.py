"""The chain of custody for people: a PDF under codenames, in three languages; and the annex."""

from __future__ import annotations

from amana.core.encoding import Json, canonical
from amana.core.padding import pad
from amana.errors import Malformed, UsageProblem
from amana.handover.custody import SIGNED, CustodyReport
from amana.paper.render import render, template

ANNEX_BYTES = 8192
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Chain of custody",
        "under": "Persons are named by codenames. The words in the table are those that the hands "
        "signed or told; the archive has added nothing.",
        "intact": "The chain is complete: every leg is signed by both hands.",
        "intact_told": "The chain is complete. Not every leg is signed: some are proved by words "
        "that both hands told the archive later, and the table says which.",
        "not_intact": "The chain is NOT complete. What is not proved stands first:",
        "gaps": "Not proved",
        "broken": "Contradictions",
        "remarks": "Remarks",
        "none": "none",
        "leg": "Leg",
        "from": "From",
        "to": "To",
        "what": "What, seal, condition",
        "when": "When (UTC, to the day)",
        "how": "How and why",
        "proof": "Proof",
        "signed": "signed by both",
        "half": "signed by the taker only",
        "told": "words told to the archive",
        "missing": "NONE",
        "arrived": "Disks signed for by the last hand",
        "disk": "disk",
        "person": "a person, accompanied",
    },
    "fr": {
        "title": "Chaîne de conservation",
        "under": "Les personnes portent des noms de code. Le tableau reprend ce que les mains ont "
        "signé ou dit ; l’archive n’a rien ajouté.",
        "intact": "La chaîne est complète : chaque étape est signée par les deux mains.",
        "intact_told": "La chaîne est complète. Toutes les étapes ne sont pas signées : certaines "
        "sont prouvées par des mots que les deux mains ont dits plus tard à l’archive ; le tableau "
        "dit lesquelles.",
        "not_intact": "La chaîne N’EST PAS complète. Ce qui n’est pas prouvé vient d’abord :",
        "gaps": "Non prouvé",
        "broken": "Contradictions",
        "remarks": "Remarques",
        "none": "aucune",
        "leg": "Étape",
        "from": "De",
        "to": "À",
        "what": "Quoi, sceau, état",
        "when": "Quand (UTC, au jour près)",
        "how": "Comment et pourquoi",
        "proof": "Preuve",
        "signed": "signée par les deux",
        "half": "signée par le preneur seul",
        "told": "mots dits à l’archive",
        "missing": "AUCUNE",
        "arrived": "Disques signés par la dernière main",
        "disk": "disque",
        "person": "une personne, accompagnée",
    },
    "ar": {
        "title": "سلسلة الحيازة",
        "under": "الأشخاص مذكورون بأسماء رمزية. ما في الجدول هو ما وقّعته الأيدي أو أبلغت به، "
        "ولم يضف الأرشيف شيئًا.",
        "intact": "السلسلة كاملة: كل مرحلة موقعة من الطرفين.",
        "intact_told": "السلسلة كاملة. ليست كل مرحلة موقعة: بعضها مثبت بكلمات أبلغ بها الطرفان "
        "الأرشيف لاحقًا، والجدول يبين أيها.",
        "not_intact": "السلسلة غير كاملة. ما لم يثبت يأتي أولًا:",
        "gaps": "لم يثبت",
        "broken": "تناقضات",
        "remarks": "ملاحظات",
        "none": "لا شيء",
        "leg": "المرحلة",
        "from": "من",
        "to": "إلى",
        "what": "ماذا، الختم، الحالة",
        "when": "متى (بالتوقيت العالمي، باليوم)",
        "how": "كيف ولماذا",
        "proof": "الإثبات",
        "signed": "توقيع الطرفين",
        "half": "توقيع المستلم وحده",
        "told": "كلمات أُبلغ بها الأرشيف",
        "missing": "لا يوجد",
        "arrived": "الأقراص التي وقّع عليها الأخير",
        "disk": "قرص",
        "person": "شخص بمرافقة",
    },
}


def custody_pdf(report: CustodyReport, language: str) -> bytes:
    """The report as a PDF/A in `en`, `fr` or `ar`. Raises UsageProblem."""
    if language not in TEXTS:
        raise UsageProblem(what=f"there is no report in {language!r}: en, fr or ar")
    texts = TEXTS[language]
    data: Json = {"language": language, "texts": texts, **report.to_json()}
    signed = all(event.how_proved == SIGNED for event in report.chain)
    verdict = ("intact" if signed else "intact_told") if report.intact else "not_intact"
    data["verdict"] = texts[verdict]
    for name in ("gaps", "broken", "remarks"):
        data[name] = [finding.text(language) for finding in getattr(report, name)]
    data["chain"] = [
        {
            **event.to_json(),
            "proof": texts[event.how_proved],
            "things": [
                {"what": f"{texts['disk']} {number}", "signed": f"{seal}, {condition}"}
                for (number, seal), (_, condition) in zip(
                    event.seals, event.conditions, strict=True
                )
            ]
            or [{"what": texts["person"]}] * (report.kind == "person"),
        }
        for event in report.chain
    ]
    return render(template("custody"), data)


def seal_annex(text: str) -> bytes:
    """Lines `codename = real name` as padded bytes, ready to be sealed. Raises Malformed."""
    names: Json = {}
    for line in text.splitlines():
        codename, equals, name = (part.strip() for part in line.partition("="))
        if not line.strip() or line.startswith("#"):
            continue
        if not (codename and equals and name) or not codename.isascii() or codename in names:
            raise Malformed(what="annex", reason=f"the line {line[:40]!r}")
        names[codename] = name
    if not names:
        raise Malformed(what="annex", reason="it names nobody")
    return pad(canonical({"v": 1, "annex": names}), ANNEX_BYTES)
