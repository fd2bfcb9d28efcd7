from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_files'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('source', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=200)),
                ('object_id', models.BigIntegerField()),
                ('digest', models.CharField(max_length=32)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'imported record',
                'verbose_name_plural': 'imported records',
                'constraints': [models.UniqueConstraint(fields=('kind', 'source', 'key'), name='importkey_once')],
            },
        ),
    ]
