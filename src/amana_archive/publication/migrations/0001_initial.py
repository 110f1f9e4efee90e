"""Entries, and the editions they stand in."""

import django.db.models.deletion
from django.db import migrations, models

import amana_archive.publication.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_initial"),
        ("evidence", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=amana_archive.publication.models.new_public_id,
                        max_length=8,
                        unique=True,
                    ),
                ),
                ("names", models.JSONField(default=list)),
                ("died", models.CharField(blank=True, max_length=7)),
                ("place", models.CharField(blank=True, max_length=80)),
                ("words", models.JSONField(default=dict)),
                ("picture_words", models.JSONField(default=dict)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for a second person"),
                            ("confirmed", "Confirmed"),
                            ("refused", "Refused"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("ended", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(blank=True, max_length=300)),
                ("tombstone", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.person",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.case",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.person",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.person",
                    ),
                ),
                (
                    "picture",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.workingcopy",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("why", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[("ready", "Ready to leave"), ("refused", "Refused by the scan")],
                        max_length=8,
                    ),
                ),
                ("sums", models.CharField(blank=True, max_length=64)),
                ("folder", models.CharField(blank=True, max_length=32)),
                ("parts", models.JSONField(default=list)),
                ("bytes", models.BigIntegerField(default=0)),
                ("files", models.IntegerField(default=0)),
                ("scanned", models.JSONField(default=dict)),
                ("findings", models.JSONField(default=list)),
                ("fetched", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.person",
                    ),
                ),
                (
                    "entries",
                    models.ManyToManyField(related_name="editions", to="publication.entry"),
                ),
            ],
        ),
    ]
