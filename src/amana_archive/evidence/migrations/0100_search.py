"""The search index, which Django's models do not describe, and the vocabulary of tags."""

from typing import Any

from django.db import migrations

from amana_archive.evidence.vocabulary import TAGS
from amana_archive.search.index import index


def create_index(apps: Any, schema_editor: Any) -> None:
    index().create()


def fill_vocabulary(apps: Any, schema_editor: Any) -> None:
    tag = apps.get_model("evidence", "Tag")
    for kind, code, ar, en, fr in TAGS:
        tag.objects.get_or_create(code=code, defaults={"kind": kind, "ar": ar, "en": en, "fr": fr})


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]
    operations = [
        migrations.RunPython(create_index, migrations.RunPython.noop),
        migrations.RunPython(fill_vocabulary, migrations.RunPython.noop),
    ]
