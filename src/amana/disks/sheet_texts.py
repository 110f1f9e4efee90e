"""What stands on the archive's sheet of a disk set, in three languages."""

from __future__ import annotations

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "A set of disks",
        "suffice": "Any {k} of these {n} disks restore everything.",
        "set": "Set:",
        "key": "Key:",
        "stripes": "Stripes on the day of printing:",
        "keep": "Keep this sheet in the archive. It opens nothing; but it tells which disks belong "
        "together, so it does not travel with those who carry them.",
        "disk": "Disk",
        "seal": "Seal number",
        "since": "Here since",
        "where": "Where it is kept",
        "checked": "Last checked",
        "commands": "What to do",
        "check": "Check a disk, without any secret:",
        "repair": "Mend disks from each other:",
        "anew": "Make a lost disk again from {k} others, here disk 1 in an empty folder:",
        "gather": "Restore everything:",
        "without": "Without Amana",
        "plain": "Each file that ends in .age is a whole pack. With the archive's key any age "
        "program opens it:",
        "format": "The format, and how to restore by hand what is missing, is in spec/disk-set.md.",
    },
    "fr": {
        "title": "Un jeu de disques",
        "suffice": "{k} de ces {n} disques, n’importe lesquels, suffisent à tout restaurer.",
        "set": "Jeu :",
        "key": "Clé :",
        "stripes": "Bandes au jour de l’impression :",
        "keep": "Gardez cette feuille à l’archive. Elle n’ouvre rien ; mais elle dit quels disques "
        "vont ensemble : elle ne voyage donc pas avec ceux qui les portent.",
        "disk": "Disque",
        "seal": "Numéro du sceau",
        "since": "Ici depuis",
        "where": "Lieu de garde",
        "checked": "Dernier contrôle",
        "commands": "Que faire",
        "check": "Contrôler un disque, sans aucun secret :",
        "repair": "Réparer les disques les uns par les autres :",
        "anew": "Refaire un disque perdu à partir de {k} autres, ici le 1 dans un dossier vide :",
        "gather": "Tout restaurer :",
        "without": "Sans Amana",
        "plain": "Chaque fichier qui finit par .age est un paquet entier. Avec la clé de "
        "l’archive, tout programme age l’ouvre :",
        "format": "Le format, et comment restaurer à la main ce qui manque, sont dans "
        "spec/disk-set.md.",
    },
    "ar": {
        "title": "مجموعة أقراص",
        "suffice": "أي {k} من هذه الأقراص، وعددها {n}، تكفي لاستعادة كل شيء.",
        "set": "المجموعة:",
        "key": "المفتاح:",
        "stripes": "عدد الشرائح يوم الطباعة:",
        "keep": "احفظ هذه الورقة في الأرشيف. هي لا تفتح شيئًا، لكنها تدل على الأقراص التي ينتمي "
        "بعضها إلى بعض، ولذلك لا تسافر مع من يحملونها.",
        "disk": "القرص",
        "seal": "رقم الختم",
        "since": "هنا منذ",
        "where": "مكان الحفظ",
        "checked": "آخر فحص",
        "commands": "ما العمل",
        "check": "افحص قرصًا من دون أي سر:",
        "repair": "أصلح الأقراص بعضها من بعض:",
        "anew": "أعد صنع قرص مفقود من {k} أقراص أخرى، وهنا القرص 1 في مجلد فارغ:",
        "gather": "استعد كل شيء:",
        "without": "من دون أمانة",
        "plain": "كل ملف ينتهي بـ \u2066.age\u2069 رزمة كاملة، ويفتحه أي برنامج age "
        "بمفتاح الأرشيف:",
        "format": "صيغة الأقراص، وكيف يستعاد باليد ما ينقص، في الملف \u2066spec/disk-set.md\u2069.",
    },
}
