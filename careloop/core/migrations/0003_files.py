from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_search")]

    operations = [
        migrations.AddField("storedfile", "removed_by", models.CharField(blank=True, max_length=80)),
        migrations.AddField("storedfile", "detail", models.JSONField(default=dict)),
        migrations.AddConstraint(
            "storedfile",
            models.UniqueConstraint(
                fields=("subject_type", "subject_id", "sha256", "purpose"),
                condition=models.Q(("removed_at", None)),
                name="file_once_per_subject",
            ),
        ),
    ]
