import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Station',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='phone')),
                ('credit_code', models.CharField(blank=True, max_length=18, verbose_name='unified social credit code')),
                ('time_zone', models.CharField(default='Asia/Shanghai', max_length=40, verbose_name='time zone')),
                ('bays', models.PositiveSmallIntegerField(default=0, verbose_name='bays')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'station',
                'verbose_name_plural': 'stations',
            },
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('kind', models.CharField(choices=[('management', 'Top management'), ('marketing', 'Marketing department'), ('sales', 'Sales department'), ('after_sales', 'After-sales department'), ('service', 'Customer service unit'), ('workshop', 'Workshop'), ('follow_up', 'Follow-up unit'), ('quality', 'Quality department'), ('parts', 'Parts and logistics'), ('other', 'Other')], default='other', max_length=20, verbose_name='kind')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='staff.department', verbose_name='belongs to')),
            ],
            options={
                'verbose_name': 'department',
                'verbose_name_plural': 'departments',
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('title', models.CharField(blank=True, max_length=60, verbose_name='post')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='phone')),
                ('joined_on', models.DateField(blank=True, null=True, verbose_name='joined on')),
                ('left_on', models.DateField(blank=True, null=True, verbose_name='left on')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='people', to='staff.department', verbose_name='department')),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='person', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                ('stations', models.ManyToManyField(related_name='people', to='staff.station', verbose_name='stations')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'persons',
                'constraints': [models.CheckConstraint(condition=models.Q(('left_on', None), ('joined_on', None), ('left_on__gte', models.F('joined_on')), _connector='OR'), name='person_leaves_after_joining')],
            },
        ),
        migrations.AddField(
            model_name='department',
            name='head',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='staff.person'),
        ),
        migrations.CreateModel(
            name='WorkCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('days', models.CharField(choices=[('workday', 'working days'), ('workday_or_saturday', 'working days and Saturdays'), ('all', 'every day')], max_length=20, verbose_name='days')),
                ('hours', models.JSONField(default=list, verbose_name='hours')),
            ],
            options={
                'verbose_name': 'working calendar',
                'verbose_name_plural': 'working calendars',
                'constraints': [models.CheckConstraint(condition=models.Q(('days__in', ['workday', 'workday_or_saturday', 'all'])), name='calendar_days_known')],
            },
        ),
        migrations.AddField(
            model_name='station',
            name='calendar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='staff.workcalendar', verbose_name='working calendar'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['management', 'marketing', 'sales', 'after_sales', 'service', 'workshop', 'follow_up', 'quality', 'parts', 'other'])), name='department_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='department_not_its_own_parent'),
        ),
    ]
