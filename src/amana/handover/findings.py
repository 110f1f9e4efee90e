"""What a verifier of custody finds, in three languages. A finding is its English text, and knows
its code and fields, so that a report can say the same in French or Arabic."""

from __future__ import annotations

from typing import Any

_TEXTS: dict[str, tuple[str, str, str]] = {
    "no receipt": (
        "leg {leg} ({giver} → {taker}): no receipt",
        "étape {leg} ({giver} → {taker}) : aucun reçu",
        "المرحلة {leg} ({giver} → {taker}): لا يوجد إيصال",
    ),
    "half": (
        "leg {leg} ({giver} → {taker}): only the taker has signed",
        "étape {leg} ({giver} → {taker}) : seul le preneur a signé",
        "المرحلة {leg} ({giver} → {taker}): لم يوقّع إلا المستلم",
    ),
    "one told": (
        "leg {leg} ({giver} → {taker}): only one side told its words; not the {side}",
        "étape {leg} ({giver} → {taker}) : un seul côté a dit ses mots ; manque : {side}",
        "المرحلة {leg} ({giver} → {taker}): طرف واحد فقط أبلغ بكلماته؛ الناقص: {side}",
    ),
    "disks untold": (
        "leg {leg} ({giver} → {taker}): which disks passed was told by nobody",
        "étape {leg} ({giver} → {taker}) : personne n’a dit quels disques ont passé",
        "المرحلة {leg} ({giver} → {taker}): لم يبلغ أحد أي الأقراص انتقلت",
    ),
    "not given on": (
        "disk {disk}: {giver} had it and did not give it on at leg {leg}",
        "disque {disk} : {giver} l’avait et ne l’a pas remis à l’étape {leg}",
        "القرص {disk}: كان لدى {giver} ولم يسلّمه في المرحلة {leg}",
    ),
    "receipt not used": (
        "a receipt was not used: {why}",
        "un reçu n’a pas été retenu : {why}",
        "إيصال لم يُعتمد: {why}",
    ),
    "entry not used": (
        "an entry was not used: {why}",
        "une déclaration n’a pas été retenue : {why}",
        "إفادة لم تُعتمد: {why}",
    ),
    "does not follow": (
        "leg {leg}: it does not follow the receipt before it",
        "étape {leg} : elle ne suit pas le reçu précédent",
        "المرحلة {leg}: لا تتبع الإيصال الذي قبلها",
    ),
    "other set": (
        "leg {leg}: a receipt of another set or kind",
        "étape {leg} : un reçu d’un autre jeu ou d’un autre genre",
        "المرحلة {leg}: إيصال لمجموعة أخرى أو من نوع آخر",
    ),
    "two receipts": (
        "leg {leg}: two receipts that differ",
        "étape {leg} : deux reçus qui diffèrent",
        "المرحلة {leg}: إيصالان مختلفان",
    ),
    "revoked": (
        "a receipt was signed with a card that had been revoked",
        "un reçu a été signé avec une carte révoquée",
        "إيصال موقّع ببطاقة أُبطلت",
    ),
    "strange words": (
        "words were told that belong to no leg of this route",
        "des mots ont été dits qui n’appartiennent à aucune étape de cette route",
        "أُبلغ بكلمات لا تخص أي مرحلة من هذا الطريق",
    ),
    "other disks told": (
        "leg {leg} ({giver} → {taker}): the two sides told of different disks",
        "étape {leg} ({giver} → {taker}) : les deux côtés ont nommé des disques différents",
        "المرحلة {leg} ({giver} → {taker}): ذكر الطرفان أقراصًا مختلفة",
    ),
    "strange disks": (
        "leg {leg} ({giver} → {taker}): disks that the plan does not name: {disks}",
        "étape {leg} ({giver} → {taker}) : des disques que le plan ne nomme pas : {disks}",
        "المرحلة {leg} ({giver} → {taker}): أقراص لم تذكرها الخطة: {disks}",
    ),
    "earlier time": (
        "leg {leg}: its time lies before that of an earlier leg",
        "étape {leg} : sa date précède celle d’une étape antérieure",
        "المرحلة {leg}: تاريخها أسبق من تاريخ مرحلة قبلها",
    ),
    "other manifest": (
        "leg {leg}: disk {disk} has another manifest than before",
        "étape {leg} : le disque {disk} a un autre manifeste qu’avant",
        "المرحلة {leg}: للقرص {disk} بيان مختلف عما سبق",
    ),
    "other seal": (
        "leg {leg}: disk {disk} had the seal {old!r}, now {new!r}",
        "étape {leg} : le disque {disk} avait le sceau {old!r}, maintenant {new!r}",
        "المرحلة {leg}: كان على القرص {disk} الختم {old!r} والآن {new!r}",
    ),
    "words spent": (
        "leg {leg} ({giver} → {taker}): words tried in vain before; sets of them: {count}",
        "étape {leg} ({giver} → {taker}) : mots essayés en vain auparavant ; jeux : {count}",
        "المرحلة {leg} ({giver} → {taker}): جُرّبت قبلها كلمات بلا نجاح؛ عدد المجموعات: {count}",
    ),
}
_LANGUAGES = ("en", "fr", "ar")


class Finding(str):
    """The English text; `code` and `fields` for the others."""

    __slots__ = ("code", "fields")
    code: str
    fields: dict[str, Any]

    def __new__(cls, code: str, **fields: Any) -> Finding:
        finding = super().__new__(cls, _TEXTS[code][0].format_map(fields))
        finding.code, finding.fields = code, fields
        return finding

    def text(self, language: str) -> str:
        """The finding in `en`, `fr` or `ar`."""
        return _TEXTS[self.code][_LANGUAGES.index(language)].format_map(self.fields)
