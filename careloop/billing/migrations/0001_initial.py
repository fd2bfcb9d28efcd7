import django.db.models.deletion
import django.db.models.expressions
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0001_initial'),
        ('staff', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='settlement number')),
                ('kind', models.CharField(choices=[('bill', 'bill'), ('credit_note', 'credit note')], default='bill', max_length=12, verbose_name='kind')),
                ('order_number', models.CharField(blank=True, max_length=20, verbose_name='order number')),
                ('state', models.CharField(choices=[('issued', 'issued'), ('partly_paid', 'partly paid'), ('paid', 'paid in full'), ('void', 'void'), ('credited', 'credited'), ('disputed', 'disputed'), ('written_off', 'written off')], editable=False, max_length=12, verbose_name='state')),
                ('labour_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='labour fee')),
                ('material_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='material fee')),
                ('other_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='other fees')),
                ('discount_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='discount')),
                ('rounding_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='rounding')),
                ('tax_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='tax')),
                ('total_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='total')),
                ('free_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='free of charge')),
                ('paid_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='paid amount')),
                ('disputed_amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='disputed amount')),
                ('currency', models.CharField(default='CNY', max_length=3, verbose_name='currency')),
                ('issued_at', models.DateTimeField(null=True, verbose_name='issued at')),
                ('due_on', models.DateField(null=True, verbose_name='due on')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='customer')),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.person', verbose_name='issued by')),
                ('replaces', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='billing.bill', verbose_name='replaces')),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.station', verbose_name='station')),
            ],
            options={
                'verbose_name': 'bill',
                'verbose_name_plural': 'bills',
                'indexes': [models.Index(fields=['station', 'id'], name='bill_station'), models.Index(fields=['customer', 'id'], name='bill_customer'), models.Index(fields=['order_number'], name='bill_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['issued', 'partly_paid', 'paid', 'void', 'credited', 'disputed', 'written_off'])), name='bill_state_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['bill', 'credit_note'])), name='bill_kind_known'), models.CheckConstraint(condition=models.Q(('discount_amount__gte', 0), ('disputed_amount__gte', 0), ('free_amount__gte', 0), ('labour_amount__gte', 0), ('material_amount__gte', 0), ('other_amount__gte', 0), ('paid_amount__gte', 0), ('tax_amount__gte', 0), ('total_amount__gte', 0)), name='bill_amounts_not_negative'), models.CheckConstraint(condition=models.Q(('total_amount__gt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('labour_amount'), '+', models.F('material_amount')), '+', models.F('other_amount')), '+', models.F('tax_amount')), '-', models.F('discount_amount')), '+', models.F('rounding_amount')), '-', models.Value(Decimal('0.005'), output_field=models.DecimalField(decimal_places=3, max_digits=12)))), ('total_amount__lt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('labour_amount'), '+', models.F('material_amount')), '+', models.F('other_amount')), '+', models.F('tax_amount')), '-', models.F('discount_amount')), '+', models.F('rounding_amount')), '+', models.Value(Decimal('0.005'), output_field=models.DecimalField(decimal_places=3, max_digits=12))))), name='bill_total_is_sum_of_parts'), models.CheckConstraint(condition=models.Q(('rounding_amount__gt', -10), ('rounding_amount__lte', 0)), name='bill_rounding_in_favour'), models.CheckConstraint(condition=models.Q(('paid_amount__lte', models.F('total_amount'))), name='bill_not_overpaid'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), ('paid_amount', models.F('total_amount')), _connector='OR'), name='bill_paid_means_all'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'void'), _negated=True), ('paid_amount', 0), _connector='OR'), name='bill_void_means_unpaid'), models.CheckConstraint(condition=models.Q(('disputed_amount__lte', models.F('total_amount'))), name='bill_disputed_within_total'), models.CheckConstraint(condition=models.Q(('issued_at__isnull', False)), name='bill_issued_has_time'), models.UniqueConstraint(condition=models.Q(('kind', 'bill'), models.Q(('order_number', ''), _negated=True), ('state__in', ['issued', 'partly_paid', 'paid', 'disputed', 'written_off'])), fields=('order_number',), name='bill_one_valid_per_order')],
            },
        ),
        migrations.CreateModel(
            name='BillLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('kind', models.CharField(choices=[('labour', 'labour'), ('material', 'material'), ('other', 'other fee')], max_length=10, verbose_name='kind')),
                ('name', models.CharField(max_length=120, verbose_name='item')),
                ('part_no', models.CharField(blank=True, max_length=60, verbose_name='part number')),
                ('brand', models.CharField(blank=True, max_length=60, verbose_name='brand')),
                ('part_origin', models.CharField(blank=True, max_length=20, verbose_name='part class')),
                ('quantity', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='quantity')),
                ('unit', models.CharField(blank=True, max_length=12, verbose_name='unit')),
                ('unit_price', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='unit price')),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='amount')),
                ('payer', models.CharField(choices=[('customer', 'customer pays'), ('warranty', 'under warranty'), ('guarantee', 'repair guarantee'), ('contract', 'service contract'), ('goodwill', 'goodwill')], default='customer', max_length=12, verbose_name='borne by')),
                ('old_part', models.CharField(blank=True, max_length=12, verbose_name='old part')),
                ('remark', models.CharField(blank=True, max_length=200, verbose_name='remark')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.bill')),
            ],
            options={
                'verbose_name': 'bill line',
                'verbose_name_plural': 'bill lines',
                'ordering': ['position', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['labour', 'material', 'other'])), name='billline_kind_known'), models.CheckConstraint(condition=models.Q(('payer__in', ['customer', 'warranty', 'guarantee', 'contract', 'goodwill'])), name='billline_payer_known'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('quantity__gt', 0), ('unit_price__gte', 0)), name='billline_amounts_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=12, verbose_name='amount')),
                ('method', models.CharField(choices=[('cash', 'cash'), ('wechat', 'WeChat Pay'), ('alipay', 'Alipay'), ('card', 'bank card'), ('transfer', 'bank transfer'), ('other', 'other')], max_length=10, verbose_name='way of payment')),
                ('received_at', models.DateTimeField(verbose_name='paid in at')),
                ('reference', models.CharField(blank=True, max_length=60, verbose_name='reference')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.bill')),
                ('received_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.person', verbose_name='taken in by')),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='billing.payment', verbose_name='reverses')),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_positive'), models.CheckConstraint(condition=models.Q(('method__in', ['cash', 'wechat', 'alipay', 'card', 'transfer', 'other'])), name='payment_method_known'), models.CheckConstraint(condition=models.Q(('reverses', models.F('id')), _negated=True), name='payment_not_its_own_reverse')],
            },
        ),
    ]
