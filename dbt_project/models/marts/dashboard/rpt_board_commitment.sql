{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with commitments as (
    select * from {{ ref('fct_commitment') }}
),

instances as (
    select * from {{ ref('dim_instance') }}
),

instance_types as (
    select * from {{ ref('instance_type') }}
),

localities as (
    select * from {{ ref('dim_locality') }}
),

statuses as (
    select * from {{ ref('commitment_status') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

{{ month_periods() }},

-- Measures are those of rpt_commitments_by_month: rates and ages count what is in charge.
counted as (
    select
        entity_code,
        dependency_code,
        acquired_period_code,
        coalesce(instance_code, lower(instance_name)) as instance_key,
        coalesce(instance_type, 'no_data') as instance_type,
        locality_code,
        in_charge,
        status,
        is_open,
        is_past_due,
        {{ open_age('open_days', 'code') }} as open_age,
        {{ open_age('open_days', 'name') }} as open_age_name,
        {{ open_age('open_days', 'sort') }} as open_age_sort,
        status_cutoff,
        count(*) as commitments_qty,
        count(*) filter (where in_charge) as in_charge_qty,
        count(*) filter (where not in_charge) as not_in_charge_qty,
        count(*) filter (where in_charge and status = 'fulfilled') as fulfilled_qty,
        count(*) filter (where in_charge and is_open) as open_qty,
        count(*) filter (where in_charge and is_past_due) as past_due_qty,
        coalesce(sum(open_days) filter (where in_charge and is_open), 0)::bigint as open_days_sum
    from commitments
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
),

final as (
    select
        counted.entity_code,
        coalesce(entity_names.entity_name, counted.entity_code) as entity_name,
        counted.dependency_code,
        {{ dependency_name('counted') }} as dependency_name,
        {{ period_columns('month_periods') }},
        counted.acquired_period_code,
        acquired_periods.period_start as acquired_month,
        acquired_periods.period_name as acquired_period_name,
        counted.instance_key,
        coalesce(instances.instance_name, counted.instance_key, 'Sin instancia') as instance_name,
        counted.instance_type,
        coalesce(instance_types.label, 'Sin dato') as instance_type_name,
        counted.locality_code,
        coalesce(localities.locality_name, counted.locality_code, 'Sin localidad') as locality_name,
        counted.in_charge,
        {{ code_name('in_charge', 'counted.in_charge::text') }} as in_charge_name,
        counted.status,
        statuses.label as status_name,
        statuses.sort_order as status_sort,
        counted.is_open,
        counted.is_past_due,
        counted.open_age,
        counted.open_age_name,
        counted.open_age_sort,
        counted.status_cutoff as cutoff_date,
        to_char(counted.status_cutoff, 'DD/MM/YYYY') as cutoff_name,
        counted.commitments_qty,
        counted.in_charge_qty,
        counted.not_in_charge_qty,
        counted.fulfilled_qty,
        counted.open_qty,
        counted.past_due_qty,
        counted.open_days_sum
    from counted
    inner join month_periods on counted.acquired_period_code = month_periods.month_code
    inner join periods as acquired_periods on counted.acquired_period_code = acquired_periods.period_code
    left join entity_names on counted.entity_code = entity_names.entity_code
    {{ join_dependency_names('counted', 'month_periods.period_end') }}
    left join instances on counted.entity_code = instances.entity_code and counted.instance_key = instances.instance_key
    left join instance_types on counted.instance_type = instance_types.code
    left join localities on counted.locality_code = localities.locality_code
    left join statuses on counted.status = statuses.code
)

select * from final
