"""What stands on a trustee's sheet, in three languages."""

from __future__ import annotations

from typing import Final

from amana.core.encoding import Json

TEXTS: Final[Json] = {
    "en": {
        "archive": {
            "title": "Share {number} of a key. Any {needed} shares together open an archive.",
            "body": "Alone, this share says nothing about the key and opens nothing.",
            "rules": [
                "Keep this sheet where only you can reach it. Do not photograph it, do not type "
                "it, do not put it in the post.",
                "Bring it only to the other trustees, in person, when the archive is to be opened "
                "or when you practise it. Compare the digits under the heading with theirs.",
                "If it is lost, or somebody else may have seen it, tell the other trustees at "
                "once: the keys are then rotated.",
            ],
        },
        "successor": {
            "title": "Share {number} of the NEXT key. Any {needed} together rotate the keys.",
            "body": "It opens nothing today. It proves who may name the archive's next keys.",
            "rules": [
                "Keep it in another place than your share of the key of today.",
                "Never bring it before the trustees have decided, together and in person, that "
                "the keys must be rotated.",
                "After the rotation it is your share of the archive's key, and you receive a new "
                "sheet like this one.",
            ],
        },
    },
    "fr": {
        "archive": {
            "title": "Part {number} d’une clé. {needed} parts ensemble ouvrent une archive.",
            "body": "Seule, cette part ne révèle rien de la clé et n’ouvre rien.",
            "rules": [
                "Gardez cette feuille là où vous seul pouvez l’atteindre. Ne la photographiez "
                "pas, ne la saisissez pas, ne l’envoyez pas par la poste.",
                "Ne l’apportez qu’aux autres dépositaires, en personne, quand l’archive doit "
                "être ouverte ou pour un exercice. Comparez les chiffres sous le titre.",
                "Si elle est perdue, ou si quelqu’un a pu la voir, prévenez aussitôt les autres "
                "dépositaires : les clés seront alors remplacées.",
            ],
        },
        "successor": {
            "title": "Part {number} de la clé SUIVANTE. {needed} ensemble remplacent les clés.",
            "body": "Elle n’ouvre rien aujourd’hui ; elle prouve qui nommera les clés suivantes.",
            "rules": [
                "Gardez-la ailleurs que votre part de la clé d’aujourd’hui.",
                "Ne l’apportez jamais avant que les dépositaires aient décidé, ensemble et en "
                "personne, que les clés doivent être remplacées.",
                "Après le remplacement, elle est votre part de la clé de l’archive, et vous "
                "recevez une nouvelle feuille comme celle-ci.",
            ],
        },
    },
    "ar": {
        "archive": {
            "title": "الجزء رقم {number} من مفتاح أرشيف. عدد الأجزاء اللازمة معًا لفتحه: {needed}.",
            "body": "هذا الجزء وحده لا يكشف شيئًا عن المفتاح ولا يفتح شيئًا.",
            "rules": [
                "احفظ هذه الورقة حيث لا يصل إليها غيرك. لا تصوّرها، ولا تكتبها على جهاز، "
                "ولا ترسلها بالبريد.",
                "لا تُحضرها إلا إلى الأمناء الآخرين شخصيًا، عند فتح الأرشيف أو عند التدريب. "
                "قارن الأرقام تحت العنوان بما عندهم.",
                "إن ضاعت، أو احتُمل أن رآها غيرك، فأخبر الأمناء الآخرين فورًا: "
                "تُستبدل المفاتيح حينئذ.",
            ],
        },
        "successor": {
            "title": "الجزء رقم {number} من المفتاح التالي. "
            "عدد الأجزاء اللازمة معًا لاستبدال المفاتيح: {needed}.",
            "body": "لا يفتح شيئًا اليوم. وهو يثبت من يحق له تسمية المفاتيح التالية.",
            "rules": [
                "احفظه في مكان غير مكان جزئك من مفتاح اليوم.",
                "لا تُحضره أبدًا قبل أن يقرر الأمناء معًا وشخصيًا أن المفاتيح يجب أن تُستبدل.",
                "بعد الاستبدال يصبح جزءك من مفتاح الأرشيف، وتتسلّم ورقة جديدة كهذه.",
            ],
        },
    },
}
