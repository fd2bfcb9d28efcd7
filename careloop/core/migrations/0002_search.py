from django.db import migrations


def create_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE core_searchfts USING fts5(tok, content='', detail=none, columnsize=0, "
            "prefix='3 4 5 6', tokenize=\"ascii tokenchars '_'\")"
        )
    else:
        schema_editor.execute("ALTER TABLE core_searchdoc ADD COLUMN tsv tsvector")
        schema_editor.execute("CREATE INDEX searchdoc_tsv ON core_searchdoc USING gin (tsv) WITH (fastupdate = off)")


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE core_searchfts")
    else:
        schema_editor.execute("ALTER TABLE core_searchdoc DROP COLUMN tsv")


class Migration(migrations.Migration):
    """The full-text index beside the table of search entries. Later migrations of that table: mind that SQLite
    rebuilds tables (the full-text table stands apart and keeps its row numbers)."""

    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunPython(create_index, drop_index, elidable=False),
    ]
