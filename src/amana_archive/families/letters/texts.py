# ruff: noqa: E501 - letters read better in whole lines
"""What the letters say. `{…}` are filled in; a figure, a date or a number of an enquiry in them is
kept left to right by the template.

Written to be read by somebody in grief: short sentences, no reassurance that is not true, no word
that the family did not use itself, and always somebody to call. The invitation says nothing to whom
it is not meant for: no name, no number, no archive.
"""

from __future__ import annotations

KINDS = ("received", "invitation", "identified", "not-found", "excluded", "withdrawn", "receipt")

Text = dict[str, tuple[str, ...]]

EN: dict[str, Text] = {
    "received": {
        "subject": ("Your enquiry {number}",),
        "paragraphs": (
            "We have received your enquiry. Thank you for telling us what you remember.",
            "Your enquiry has the number {number}. On a separate sheet you have seven words. With "
            "both you can see whether we have news for you. Keep them in different places, and do "
            "not write one beside the other. We will never ask you for the words.",
            "What you told us is kept apart from everything else. Only the people who look after "
            "your enquiry can read it. We pass nothing on unless you agree.",
            "We cannot promise an answer, nor when. If we find something, we will not write it. We "
            "will ask you to meet us, and a person will tell you.",
            "You may change anything, take back any consent, or have all of it erased, at any time "
            "and without giving a reason.",
        ),
        "closing": ("You can reach us through the person who gave you this letter.",),
    },
    "invitation": {
        "subject": (),
        "paragraphs": (
            "You asked us to be in touch.",
            "We would like to speak with you in person{when}{where}. If another time or place "
            "suits you better, tell us. You may bring somebody with you, and you may decline.",
        ),
        "closing": ("With kind regards",),
    },
    "identified": {
        "subject": ("Your enquiry {number}",),
        "paragraphs": (
            "We met, and you were told what we found. You asked to have it in writing.",
            "{name} is among those whose deaths are documented in the archive. Two people came to "
            "this finding, each looking at all that is known; it is recorded under {case}.",
            "We are sorry for your loss.",
            "What you were shown is in the receipt of our meeting. You may see it again, see more "
            "or less, or ask any question, whenever you wish; also years from now.",
            "Nothing about {name} will be published, and no court will be told your name, unless you "
            "agree. You may change your mind at any time.",
        ),
        "closing": (
            "A finding can be wrong. If something does not fit, tell us, and we will open it again.",
        ),
    },
    "not-found": {
        "subject": ("Your enquiry {number}",),
        "paragraphs": (
            "We have looked for {name} in everything that the archive holds today, and have found "
            "nothing.",
            "This does not say that {name} is alive, nor the contrary. The archive does not hold "
            "everything. New material arrives, and your enquiry is looked at again each time.",
            "You need not ask again. If anything changes, we will ask you to meet us.",
        ),
        "closing": ("If you remember something more, however small, please tell us.",),
    },
    "excluded": {
        "subject": ("Your enquiry {number}",),
        "paragraphs": (
            "We had reason to think that a person documented in the archive might be {name}. Two "
            "people have compared all that is known, and found that it is somebody else.",
            "Your enquiry stays open. If anything changes, we will ask you to meet us.",
        ),
        "closing": ("If you remember something more, however small, please tell us.",),
    },
    "withdrawn": {
        "subject": ("Your enquiry {number}",),
        "paragraphs": (
            "You asked us to erase what you told us. It was erased on {date}: your names and your "
            "relative's, your words, your pictures, what you agreed to.",
            "What is left is the number {number}, so that nobody else is given it, and in our log "
            "that an enquiry of this number was handled.",
            "Copies for emergencies, which are locked and are not read, are destroyed within "
            "{days} days.",
        ),
        "closing": (
            "You owe us no reason. You may come back at any time; nothing will be held against you.",
        ),
    },
    "receipt": {
        "subject": ("Receipt of our meeting · {number}",),
        "paragraphs": (
            "We met on {day}. With you was: {support}. You were asked beforehand what you wanted "
            "to see: {wishes}.",
            "This was told or shown, in this order:",
        ),
        "closing": ("{ending}",),
    },
    "phrase": {
        "subject": ("Seven words, for you alone",),
        "paragraphs": (
            "{words}",
            "With your number they show whether there is news for you. Keep them in another place "
            "than the number. Nobody will ever ask you for them.",
        ),
        "closing": (),
    },
    "words": {
        "pictures-body": ("pictures, also of the body",),
        "pictures": ("pictures of the effects, not of the body",),
        "none": ("words, no pictures",),
        "told": ("told",),
        "seen": ("seen",),
        "covered": ("left covered",),
        "passed": ("not wished",),
        "effects": ("A picture of the effects",),
        "body": ("A picture of the body",),
        "ended": ("The meeting came to its end.",),
        "stopped": ("The family stopped the meeting. Nothing more was shown.",),
        "when": (" on {when}",),
        "where": (", {where}",),
        "family": ("For the family",),
        "liaison": ("For the archive",),
    },
}

FR: dict[str, Text] = {
    "received": {
        "subject": ("Votre demande {number}",),
        "paragraphs": (
            "Nous avons reçu votre demande. Merci de nous avoir dit ce dont vous vous souvenez.",
            "Votre demande porte le numéro {number}. Sur une feuille à part, vous avez sept mots. "
            "Avec les deux, vous pouvez voir si nous avons des nouvelles pour vous. Gardez-les à "
            "des endroits différents et n'écrivez pas l'un à côté de l'autre. Nous ne vous "
            "demanderons jamais ces mots.",
            "Ce que vous nous avez dit est gardé à part de tout le reste. Seules les personnes qui "
            "suivent votre demande peuvent le lire. Nous ne transmettons rien sans votre accord.",
            "Nous ne pouvons promettre ni une réponse, ni une date. Si nous trouvons quelque chose, "
            "nous ne l'écrirons pas. Nous vous proposerons une rencontre, et une personne vous le "
            "dira.",
            "Vous pouvez tout modifier, retirer tout accord, ou faire tout effacer, à tout moment "
            "et sans donner de raison.",
        ),
        "closing": ("Vous pouvez nous joindre par la personne qui vous a remis cette lettre.",),
    },
    "invitation": {
        "subject": (),
        "paragraphs": (
            "Vous nous avez demandé de reprendre contact.",
            "Nous aimerions vous parler en personne{when}{where}. Si un autre moment ou un autre "
            "lieu vous convient mieux, dites-le-nous. Vous pouvez venir accompagné, et vous pouvez "
            "décliner.",
        ),
        "closing": ("Avec nos salutations respectueuses",),
    },
    "identified": {
        "subject": ("Votre demande {number}",),
        "paragraphs": (
            "Nous nous sommes rencontrés, et ce que nous avons trouvé vous a été dit. Vous avez "
            "souhaité l'avoir par écrit.",
            "{name} est parmi ceux dont la mort est documentée dans les archives. Deux personnes "
            "sont arrivées à ce constat, chacune en regardant tout ce qui est connu ; il est "
            "inscrit sous {case}.",
            "Nous partageons votre peine.",
            "Ce qui vous a été montré figure sur le reçu de notre rencontre. Vous pouvez le revoir, "
            "voir plus ou moins, ou poser toute question, quand vous le voudrez ; aussi dans des "
            "années.",
            "Rien sur {name} ne sera publié, et aucun tribunal n'apprendra votre nom, sans votre "
            "accord. Vous pouvez changer d'avis à tout moment.",
        ),
        "closing": (
            "Un constat peut être erroné. Si quelque chose ne correspond pas, dites-le-nous, et "
            "nous le rouvrirons.",
        ),
    },
    "not-found": {
        "subject": ("Votre demande {number}",),
        "paragraphs": (
            "Nous avons cherché {name} dans tout ce que les archives contiennent aujourd'hui, "
            "et n'avons rien trouvé.",
            "Cela ne dit pas que {name} est en vie, ni le contraire. Les archives ne contiennent "
            "pas tout. De nouveaux éléments arrivent, et votre demande est reprise à chaque fois.",
            "Vous n'avez pas besoin de redemander. Si quelque chose change, nous vous proposerons "
            "une rencontre.",
        ),
        "closing": ("Si un autre souvenir vous revient, même minime, dites-le-nous.",),
    },
    "excluded": {
        "subject": ("Votre demande {number}",),
        "paragraphs": (
            "Nous avions des raisons de penser qu'une personne documentée dans les archives "
            "pouvait être {name}. Deux personnes ont comparé tout ce qui est connu et constaté "
            "qu'il s'agit de quelqu'un d'autre.",
            "Votre demande reste ouverte. Si quelque chose change, nous vous proposerons une "
            "rencontre.",
        ),
        "closing": ("Si un autre souvenir vous revient, même minime, dites-le-nous.",),
    },
    "withdrawn": {
        "subject": ("Votre demande {number}",),
        "paragraphs": (
            "Vous nous avez demandé d'effacer ce que vous nous aviez dit. C'est effacé depuis le "
            "{date} : vos noms et celui de votre proche, vos paroles, vos photographies, vos "
            "accords.",
            "Il reste le numéro {number}, pour que personne d'autre ne le reçoive, et dans notre "
            "journal le fait qu'une demande de ce numéro a été traitée.",
            "Les copies de secours, verrouillées et jamais lues, sont détruites dans un délai de "
            "{days} jours.",
        ),
        "closing": (
            "Vous ne nous devez aucune raison. Vous pouvez revenir à tout moment ; rien ne vous "
            "sera reproché.",
        ),
    },
    "receipt": {
        "subject": ("Reçu de notre rencontre · {number}",),
        "paragraphs": (
            "Nous nous sommes rencontrés le {day}. Avec vous se trouvait : {support}. Avant de "
            "commencer, vous avez dit ce que vous vouliez voir : {wishes}.",
            "Voici ce qui a été dit ou montré, dans cet ordre :",
        ),
        "closing": ("{ending}",),
    },
    "phrase": {
        "subject": ("Sept mots, pour vous seul",),
        "paragraphs": (
            "{words}",
            "Avec votre numéro, ils montrent s'il y a des nouvelles pour vous. Gardez-les à un autre "
            "endroit que le numéro. Personne ne vous les demandera jamais.",
        ),
        "closing": (),
    },
    "words": {
        "pictures-body": ("des images, aussi du corps",),
        "pictures": ("des images des effets, pas du corps",),
        "none": ("des paroles, pas d'images",),
        "told": ("dit",),
        "seen": ("vu",),
        "covered": ("resté couvert",),
        "passed": ("non souhaité",),
        "effects": ("Une image des effets",),
        "body": ("Une image du corps",),
        "ended": ("La rencontre est allée à son terme.",),
        "stopped": ("La famille a arrêté la rencontre. Rien d'autre n'a été montré.",),
        "when": (" le {when}",),
        "where": (", {where}",),
        "family": ("Pour la famille",),
        "liaison": ("Pour les archives",),
    },
}

AR: dict[str, Text] = {
    "received": {
        "subject": ("طلبكم رقم {number}",),
        "paragraphs": (
            "وصلنا طلبكم. نشكركم على ما أخبرتمونا به مما تذكرونه.",
            "رقم طلبكم هو {number}. ومعكم سبع كلمات في ورقة منفصلة. بالرقم والكلمات معًا يمكنكم أن "
            "تعرفوا هل لدينا جديد لكم. احفظوهما في مكانين مختلفين، ولا تكتبوا أحدهما بجانب الآخر. لن "
            "نسألكم عن الكلمات أبدًا.",
            "ما قلتموه لنا محفوظ بمعزل عن كل ما سواه، ولا يقرؤه إلا من يتابع طلبكم. ولا ننقل منه شيئًا "
            "إلى أحد إلا بموافقتكم.",
            "لا نستطيع أن نعدكم بجواب ولا بموعد. إن وجدنا شيئًا فلن نكتبه لكم، بل نطلب لقاءكم ويخبركم به "
            "إنسان.",
            "يمكنكم تغيير أي شيء، أو سحب أي موافقة، أو محو كل شيء، في أي وقت ومن دون ذكر سبب.",
        ),
        "closing": ("يمكنكم الوصول إلينا عن طريق من سلّمكم هذه الرسالة.",),
    },
    "invitation": {
        "subject": (),
        "paragraphs": (
            "طلبتم منا أن نتواصل معكم.",
            "نودّ أن نتحدث إليكم وجهًا لوجه{when}{where}. وإن كان وقت آخر أو مكان آخر أنسب لكم فأخبرونا. "
            "لكم أن تصطحبوا من تشاؤون، ولكم أن تعتذروا.",
        ),
        "closing": ("مع خالص التحية",),
    },
    "identified": {
        "subject": ("طلبكم رقم {number}",),
        "paragraphs": (
            "التقينا، وأُخبرتم بما وجدناه، وطلبتم أن يكون مكتوبًا.",
            "{name} من بين الذين وُثّقت وفاتهم في الأرشيف. وصل شخصان إلى هذه النتيجة، ونظر كل منهما في كل "
            "ما هو معروف، وهي مسجّلة تحت الرقم {case}.",
            "نشاطركم حزنكم، رحم الله فقيدكم.",
            "ما عُرض عليكم مذكور في إيصال لقائنا. يمكنكم أن تروه ثانية، أو تروا أكثر منه أو أقل، أو تسألوا "
            "أي سؤال، متى شئتم، ولو بعد سنوات.",
            "لن يُنشر عن {name} شيء، ولن تعرف محكمة أسماءكم، إلا بموافقتكم. ويمكنكم تغيير رأيكم في أي وقت.",
        ),
        "closing": ("قد تخطئ النتيجة. إن وجدتم ما لا يستقيم فأخبرونا، ونعيد النظر فيها.",),
    },
    "not-found": {
        "subject": ("طلبكم رقم {number}",),
        "paragraphs": (
            "بحثنا عن {name} في كل ما يحويه الأرشيف اليوم، ولم نجد ذكرًا لهذا الاسم.",
            "لا يعني هذا أن {name} على قيد الحياة، ولا يعني خلاف ذلك. فالأرشيف لا يحوي كل شيء. تصلنا مواد جديدة، ويُنظر في "
            "طلبكم من جديد كل مرة.",
            "لا حاجة إلى أن تسألوا ثانية. إن تغيّر شيء فسنطلب لقاءكم.",
        ),
        "closing": ("إن تذكرتم شيئًا آخر، مهما صغر، فأخبرونا به.",),
    },
    "excluded": {
        "subject": ("طلبكم رقم {number}",),
        "paragraphs": (
            "كان لدينا ما يدعو إلى الظن أن شخصًا موثّقًا في الأرشيف قد يكون {name}. قارن شخصان كل ما هو "
            "معروف، ووجدا أنه شخص آخر.",
            "يبقى طلبكم مفتوحًا. إن تغيّر شيء فسنطلب لقاءكم.",
        ),
        "closing": ("إن تذكرتم شيئًا آخر، مهما صغر، فأخبرونا به.",),
    },
    "withdrawn": {
        "subject": ("طلبكم رقم {number}",),
        "paragraphs": (
            "طلبتم منا محو ما قلتموه لنا. وقد مُحي بتاريخ {date}: أسماؤكم واسم قريبكم، وأقوالكم، وصوركم، "
            "وما وافقتم عليه.",
            "لم يبق إلا الرقم {number}، كي لا يُعطى لغيركم، وما في سجلّنا من أن طلبًا بهذا الرقم عولج.",
            "أما النسخ الاحتياطية، وهي مقفلة لا تُقرأ، فتُتلف خلال {days} يومًا.",
        ),
        "closing": ("لستم مدينين لنا بأي سبب. يمكنكم العودة متى شئتم، ولن يُحسب عليكم شيء.",),
    },
    "receipt": {
        "subject": ("إيصال لقائنا · {number}",),
        "paragraphs": (
            "التقينا بتاريخ {day}. وكان معكم: {support}. وسُئلتم قبل البدء عمّا تودّون رؤيته: {wishes}.",
            "هذا ما قيل أو عُرض، بهذا الترتيب:",
        ),
        "closing": ("{ending}",),
    },
    "phrase": {
        "subject": ("سبع كلمات لكم وحدكم",),
        "paragraphs": (
            "{words}",
            "بها وبرقمكم تعرفون هل من جديد لكم. احفظوها في مكان غير مكان الرقم. ولن يسألكم عنها أحد أبدًا.",
        ),
        "closing": (),
    },
    "words": {
        "pictures-body": ("صور، وصور الجثمان أيضًا",),
        "pictures": ("صور المتعلقات، لا صور الجثمان",),
        "none": ("كلام بلا صور",),
        "told": ("قيل",),
        "seen": ("شوهد",),
        "covered": ("بقي مغطى",),
        "passed": ("لم يُرغب فيه",),
        "effects": ("صورة للمتعلقات",),
        "body": ("صورة للجثمان",),
        "ended": ("انتهى اللقاء إلى آخره.",),
        "stopped": ("أوقفت العائلة اللقاء، ولم يُعرض بعد ذلك شيء.",),
        "when": (" بتاريخ {when}",),
        "where": ("، {where}",),
        "family": ("عن العائلة",),
        "liaison": ("عن الأرشيف",),
    },
}

TEXTS: dict[str, dict[str, Text]] = {"en": EN, "fr": FR, "ar": AR}
