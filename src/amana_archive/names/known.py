"""What no rule can know: abbreviations, nicknames, the same name in other tongues, and which names
are so common that they say little. Small on purpose; written from general knowledge of the region.

Each line: the names, in folded Arabic | folded spellings that may stand for any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from amana_archive.names.sounds import sounds


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONNECTORS = words_of(
    "ibn bin ben bint bnt binti ibnat ould oulad weld walad ابن بن بنت ولد ابنه kizi oglu zade"
)
TITLES = words_of("dr mr mrs mme د دكتور الدكتور المرحوم المرحومه الشهيد")

_ABBREVIATIONS = """
محمد | mhd md mohd muhd mhmd moh mohamd mo mhamed
احمد | ahm ahd
عبدالرحمن | abdr
عبدالله | abdlh
حسن | hsn
حسين | hsyn
ابراهيم | ibr ib
مصطفي | mstf
محمود | mah
يوسف | yus
خالد | kh
"""
# What people are called at home.
_NICKNAMES = """
محمد احمد محمود | hamoudi hamudi hammoudi حمودي
محمد احمد | hamoudeh hamada hamade حموده حماده hammo hamo حمو
محمد | hammoud mamo مامو mihemed
عبدالحميد | hamid
عبدالله عبدالرحمن | abboud abboudi aboud aboudi عبود عبودي abdo abdou abdu عبدو عبده
خالد | khalloud khallouda khaloudi خلود خلودي
ابراهيم | brahim barhoum barho برهوم برهو
مصطفي | mustafi safi ستوف
مصطفي عبدالستار | sattouf
علي | aloush alloush علوش allawi علاوي
حسن | hassoun hassouneh حسون حسونه hassouna hesen
يوسف | yousfo yaso
زكريا | zouzou zakour زكور
سليم سليمان | سلوم salloum saloum
سمير | samour سمور
كريم عبدالكريم | karroum
كريم | karmo كرمو
جمال جميل | jammoul جمول
فاطمه | fattoum fattouma fatoum فطوم فطومه
مريم | mariouma maryouma مريومه
عايشه | ayouch عيوش ayyoush
خديجه | khaddouj خدوج khadouj
زينب | zannoub زنوب zannouba زنوبه
جاسم قاسم | jassoum
جاسم | جسوم
قاسم | qassoum قسوم kassoum
مجد ماجد | majdo
عمر عمار | ammour عمور
وليد | walloud ولود
رشيد راشد | rashoud رشود
حسين | huso
حسين حسن | حسو hisso husso
رشيد | rasho رشو
شيخ | shexo شيخو sheikho
خليل | xelil khello خلو khallo
"""
# Where sounds alone do not say so.
_EQUIVALENTS = """
يوسف | joseph jozef yusif
ابراهيم | abraham avraham
يعقوب | jacob jacoub yakup
اسحاق | isaac ishak
اسماعيل | ismael
سليمان | solomon suleyman
داود | david
موسي | moses moise
عيسي | jesus
الياس | elijah elie elia iliya ايليا
جرجس | george georges jorj جورج girgis jurjus gergis
بطرس | peter pierre بيير
بولس | paul boulos
يوحنا | john hanna حنا jean
ميخائيل | michael michel ميشيل mikhail mikhael
انطون | antoine tony طوني anthony antonios انطوان tanios
اسطفان | stephen etienne stefan
مريم | mary marie maria ماري ماريا
حواء | eve
ساره | sarah
حنه | anne
اسكندر | alexander iskander
ايوب | job eyup
نوح | noah
يونس | jonah
زكريا | zachary zacharia
لوقا | lukas luke
متي | matthew mathieu
مرقس | mark marc
جبرائيل | gabriel jibril جبريل
جبران | gibran
توما | thomas
صلاحالدين | saladin selahattin
محمد | mehmet mehmed memet muhammet
احمد | ahmet
محمود | mahmut
خالد | haled halit
حسين | huseyin huseyn hossein
عثمان | osman othman
عمر | omer
قادر | kadir
عايشه | ayse aisha aicha
فاطمه | fatma
خديجه | hatice hadija
يحيي | yahia
اياد | iyad ayad
رضا | riza reza rida ridha
ذوالفقار | zulfikar
جميل | cemil
جمال | cemal
جعفر | cafer jafar
امين | emin
مختار | muhtar
مسعود | mesut mesud massoud
شريف | serif
رشيد | resit raschid
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """By spelling, the names it may stand for."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.strip().splitlines():
        names, _, spellings = line.partition("|")
        found |= dict.fromkeys(spellings.split(), tuple(names.split()))
    return found


ABBREVIATIONS = _table(_ABBREVIATIONS)
NICKNAMES = _table(_NICKNAMES)
EQUIVALENTS = _table(_EQUIVALENTS)

# More than one in fifty bears it.
COMMON = words_of(
    "محمد احمد علي حسن حسين محمود خالد عمر يوسف ابراهيم مصطفي عبدالله عبدالرحمن"
    " فاطمه مريم زينب عايشه خديجه"
)


@dataclass(frozen=True)
class Alias:
    names: tuple[str, ...]
    why: str
    cost: float


def alias(token: str) -> Alias | None:
    """What else a folded spelling stands for."""
    key = token.replace("ة", "ه")
    if key in ABBREVIATIONS:
        return Alias(ABBREVIATIONS[key], "abbreviation", 0.04)
    if key in EQUIVALENTS:
        return Alias(EQUIVALENTS[key], "equivalent", 0.04)
    return None


_VOWELS = str.maketrans("eoAWYy@h", "auauiiaa")


def called(sounds: str) -> str:
    """How a nickname sounds, its vowels made few: Hamoudeh, Hammouda."""
    return sounds.translate(_VOWELS)


@cache
def _by_sound() -> dict[str, tuple[str, ...]]:
    return {called(sounds(spelling)): names for spelling, names in NICKNAMES.items()}


def nickname(sound: str) -> Alias | None:
    """The names that somebody called like this may have; `sound` from `called`."""
    names = _by_sound().get(sound)
    return Alias(names, "nickname", 0.1) if names else None
