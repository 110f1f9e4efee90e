"""The first vocabulary of tags: (kind, code, Arabic, English, French). Codes never change."""

from __future__ import annotations

TAGS: tuple[tuple[str, str, str, str, str], ...] = (
    ("place", "indoors", "داخل مبنى", "Indoors", "Intérieur"),
    ("place", "outdoors", "في الخارج", "Outdoors", "Extérieur"),
    ("place", "hospital", "مستشفى", "Hospital", "Hôpital"),
    ("place", "garage", "مرآب", "Garage", "Garage"),
    ("background", "tiled-wall", "جدار مبلّط", "Tiled wall", "Mur carrelé"),
    ("background", "bare-earth", "تراب", "Bare earth", "Terre nue"),
    ("background", "sheet", "غطاء", "Sheet", "Drap"),
    ("background", "building", "بناء ظاهر", "Building in view", "Bâtiment visible"),
    ("marks", "scar", "ندبة", "Scar", "Cicatrice"),
    ("marks", "tattoo", "وشم", "Tattoo", "Tatouage"),
    ("marks", "dental", "علامة في الأسنان", "Dental feature", "Particularité dentaire"),
    ("marks", "birthmark", "وحمة", "Birthmark", "Tache de naissance"),
    ("clothing", "jacket", "سترة", "Jacket", "Veste"),
    ("clothing", "trousers", "بنطال", "Trousers", "Pantalon"),
    ("clothing", "shirt", "قميص", "Shirt", "Chemise"),
    ("clothing", "uniform", "زي رسمي", "Uniform", "Uniforme"),
    ("age", "child", "طفل", "Child", "Enfant"),
    ("age", "young-adult", "شاب", "Young adult", "Jeune adulte"),
    ("age", "middle-aged", "متوسط العمر", "Middle-aged", "Âge moyen"),
    ("age", "elderly", "مسنّ", "Elderly", "Âgé"),
    ("sex", "male", "ذكر", "Male", "Homme"),
    ("sex", "female", "أنثى", "Female", "Femme"),
    ("sex", "sex-unclear", "الجنس غير واضح", "Sex unclear", "Sexe incertain"),
    ("condition", "emaciated", "نحول شديد", "Emaciated", "Amaigrissement extrême"),
    ("condition", "injured", "إصابات ظاهرة", "Visible injuries", "Blessures visibles"),
    ("condition", "not-visible", "غير ظاهر", "Not visible", "Non visible"),
)
