import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('staff', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60, unique=True, verbose_name='part number')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('unit', models.CharField(blank=True, max_length=12, verbose_name='unit')),
            ],
            options={
                'verbose_name': 'part',
                'verbose_name_plural': 'parts',
                'constraints': [models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='part_has_number'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='part_has_name')],
            },
        ),
        migrations.CreateModel(
            name='Stock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_hand', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=9, verbose_name='on hand')),
                ('held', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=9, verbose_name='put aside')),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stocks', to='inventory.part', verbose_name='part')),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.station', verbose_name='station')),
            ],
            options={
                'verbose_name': 'stock of a part',
                'verbose_name_plural': 'stock of parts',
                'constraints': [models.UniqueConstraint(fields=('part', 'station'), name='stock_once_per_station'), models.CheckConstraint(condition=models.Q(('held__gte', 0), ('on_hand__gte', 0)), name='stock_not_negative'), models.CheckConstraint(condition=models.Q(('held__lte', models.F('on_hand'))), name='stock_held_is_there')],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(max_length=20, verbose_name='order number')),
                ('wanted', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=9, verbose_name='wanted')),
                ('held', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=9, verbose_name='put aside')),
                ('outcome', models.CharField(blank=True, choices=[('released', 'free again'), ('used', 'fitted')], max_length=10, verbose_name='what became of it')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ('stock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='inventory.stock')),
            ],
            options={
                'verbose_name': 'reservation',
                'verbose_name_plural': 'reservations',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['order_number'], name='reservation_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['', 'released', 'used'])), name='reservation_outcome_known'), models.CheckConstraint(condition=models.Q(('held__gte', 0), ('held__lte', models.F('wanted')), ('wanted__gt', 0)), name='reservation_holds_no_more_than_wanted'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('outcome', '')), models.Q(models.Q(('outcome', ''), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='reservation_ended_has_outcome'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('stock', 'order_number'), name='reservation_once_per_order')],
            },
        ),
        migrations.CreateModel(
            name='StockMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('count', 'counted'), ('receipt', 'came in'), ('issue', 'fitted'), ('return', 'put back')], max_length=10, verbose_name='kind')),
                ('quantity', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=9, verbose_name='quantity')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.CharField(blank=True, max_length=80, verbose_name='entered by')),
                ('reference', models.CharField(blank=True, max_length=40, verbose_name='belongs to order')),
                ('stock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='inventory.stock')),
            ],
            options={
                'verbose_name': 'stock movement',
                'verbose_name_plural': 'stock movements',
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['count', 'receipt', 'issue', 'return'])), name='stockmovement_kind_known'), models.CheckConstraint(condition=models.Q(('quantity', 0), _negated=True), name='stockmovement_moves')],
            },
        ),
    ]
