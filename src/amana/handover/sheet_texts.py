"""What stands on a printed sheet, in three languages."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Your card",
        "as_taker": "The meeting before you: someone comes to you",
        "as_giver": "The meeting after you: you go to someone",
        "you_say": "You say",
        "you_hear": "You hear",
        "reserve": "In reserve, for another day, if the words above were spent",
        "parting": "At parting, if you met without devices",
        "tell": "Tell the other these three words:",
        "hear": "The other tells you three words. Keep them in your head; the archive will ask.",
        "onward": "For the next meeting of the other",
        "onward_how": "Hand these eight words over last, when the other has signed or taken:",
        "rules": "Rules",
        "codes": "The card, sealed",
        "codes_how": "Read all codes with a telephone, save the texts in one file, and open it "
        "with your kit: amana route accept. Without your kit they are noise.",
    },
    "fr": {
        "title": "Votre carte",
        "as_taker": "La rencontre avant vous : quelqu’un vient à vous",
        "as_giver": "La rencontre après vous : vous allez vers quelqu’un",
        "you_say": "Vous dites",
        "you_hear": "Vous entendez",
        "reserve": "En réserve, pour un autre jour, si les mots ci-dessus ont été usés",
        "parting": "En partant, si vous vous êtes vus sans appareils",
        "tell": "Dites à l’autre ces trois mots :",
        "hear": "L’autre vous dit trois mots. Gardez-les en tête ; l’archive les demandera.",
        "onward": "Pour la rencontre suivante de l’autre",
        "onward_how": "Donnez ces huit mots en dernier, quand l’autre a signé ou pris :",
        "rules": "Règles",
        "codes": "La carte, scellée",
        "codes_how": "Lisez tous les codes avec un téléphone, gardez les textes dans un fichier et "
        "ouvrez-le avec votre trousse : amana route accept. Sans elle, ce n’est que du bruit.",
    },
    "ar": {
        "title": "بطاقتك",
        "as_taker": "اللقاء الذي قبلك: يأتي إليك شخص",
        "as_giver": "اللقاء الذي بعدك: تذهب أنت إلى شخص",
        "you_say": "تقول أنت",
        "you_hear": "تسمع",
        "reserve": "كلمات احتياطية ليوم آخر، إذا بطلت الكلمات التي فوق",
        "parting": "عند الفراق، إذا التقيتما من دون أجهزة",
        "tell": "قل للآخر هذه الكلمات الثلاث:",
        "hear": "يقول لك الآخر ثلاث كلمات. احفظها في ذهنك، فسيسألك الأرشيف عنها.",
        "onward": "من أجل اللقاء التالي للآخر",
        "onward_how": "سلّم هذه الكلمات الثماني في النهاية، بعد أن يوقّع الآخر أو يستلم:",
        "rules": "القواعد",
        "codes": "البطاقة مختومة",
        "codes_how": "اقرأ جميع الرموز بالهاتف، واحفظ النصوص في ملف واحد، وافتحه بعدّتك بالأمر "
        "amana route accept. ومن دون عدّتك لا معنى لها.",
    },
}

# Rules that hold for all, then those of one who gives or takes a disk, then the last for all.
_BEFORE: dict[str, tuple[str, str]] = {
    "en": (
        "Each word is said once, in turn. Never help the other, never say a word twice.",
        "A wrong word: say nothing more, leave. These words are void, for both of you, for ever.",
    ),
    "fr": (
        "Chaque mot se dit une fois, à son tour. N’aidez jamais l’autre, ne répétez jamais.",
        "Un mot faux : ne dites plus rien, partez. Ces mots sont nuls à jamais, pour vous deux.",
    ),
    "ar": (
        "كل كلمة تقال مرة واحدة وفي دورها. لا تساعد الآخر أبدًا ولا تكرر كلمة.",
        "إذا كانت كلمة خطأ: لا تقل شيئًا بعدها وانصرف. تبطل هذه الكلمات لكما معًا إلى الأبد.",
    ),
}
_DISK: dict[str, dict[str, str]] = {
    "en": {
        "giver": "Give the disk only after the last word. Tell the number on its seal.",
        "taker": "Look at the seal before you take the disk: its number, and that it is whole.",
    },
    "fr": {
        "giver": "Ne donnez le disque qu’après le dernier mot. Dites le numéro de son sceau.",
        "taker": "Regardez le sceau avant de prendre le disque : son numéro, et s’il est intact.",
    },
    "ar": {
        "giver": "لا تعط القرص إلا بعد الكلمة الأخيرة. قل الرقم الذي على ختمه.",
        "taker": "انظر إلى الختم قبل أن تأخذ القرص: رقمه، وأنه سليم.",
    },
}
_AFTER: dict[str, str] = {
    "en": "Learn the words, then destroy this sheet. After the meeting they are worth nothing.",
    "fr": "Apprenez les mots, puis détruisez cette feuille. Après, ils ne valent plus rien.",
    "ar": "احفظ الكلمات ثم أتلف هذه الورقة. بعد اللقاء لا تبقى للكلمات قيمة.",
}


def rules(language: str, kind: str, role: str) -> tuple[str, ...]:
    """The rules on the sheet of a `giver` or `taker` of a `disk` or `person`."""
    disk = (_DISK[language][role],) if kind == "disk" else ()
    return (*_BEFORE[language], *disk, _AFTER[language])
