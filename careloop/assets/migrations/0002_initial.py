from django.db import migrations


class Migration(migrations.Migration):
    """Nothing left to do: its operations stand in 0001_initial."""

    dependencies = [("assets", "0001_initial")]
    operations = []
