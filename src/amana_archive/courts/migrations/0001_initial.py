"""Disclosures item by item, dossiers, receipts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_initial"),
        ("evidence", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Asked",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("prosecution", "Prosecution"),
                            ("defence", "Defence"),
                            ("court", "Court"),
                        ],
                        max_length=12,
                    ),
                ),
                ("terms", models.CharField(max_length=400)),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked",
                        to="evidence.proposal",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Derived",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.BigIntegerField()),
                (
                    "working_copy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="evidence.workingcopy"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dossier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be made"),
                            ("building", "Being made"),
                            ("ready", "Ready to be fetched"),
                            ("received", "Received and signed for"),
                            ("failed", "Could not be made"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("number", models.CharField(blank=True, max_length=32)),
                ("folder", models.CharField(blank=True, max_length=32)),
                ("parts", models.JSONField(default=list)),
                ("bytes", models.BigIntegerField(default=0)),
                ("files", models.IntegerField(default=0)),
                ("manifest", models.CharField(blank=True, max_length=64)),
                ("seal", models.TextField(blank=True)),
                ("contents", models.TextField(blank=True)),
                ("contents_digest", models.CharField(blank=True, max_length=64)),
                ("made", models.DateTimeField(null=True)),
                ("fetched", models.DateTimeField(null=True)),
                (
                    "asked",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossier",
                        to="courts.asked",
                    ),
                ),
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossier",
                        to="evidence.disclosure",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="asked",
            name="former",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="supplements",
                to="courts.dossier",
            ),
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("manifest", models.CharField(max_length=64)),
                ("act", models.BigIntegerField()),
                ("note", models.TextField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.person",
                    ),
                ),
                (
                    "dossier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipt",
                        to="courts.dossier",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Part",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "give",
                    models.CharField(
                        choices=[
                            ("all", "Original and copy"),
                            ("copy", "Only the small copy"),
                            ("covered", "Only a covered picture"),
                            ("record", "Only the record, no picture"),
                            ("nothing", "Nothing"),
                        ],
                        default="all",
                        max_length=8,
                    ),
                ),
                ("hides_path", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "asked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="courts.asked",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.item",
                    ),
                ),
                (
                    "working_copy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.workingcopy",
                    ),
                ),
            ],
            options={
                "ordering": ["item"],
                "constraints": [
                    models.UniqueConstraint(fields=("asked", "item"), name="part_once")
                ],
            },
        ),
    ]
