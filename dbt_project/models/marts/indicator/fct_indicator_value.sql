{{ config(post_hook="{{ asof_function() }}") }}

with measured as (
    select * from {{ ref('stg_indicator_value') }}
),

periods as (
    select * from {{ ref('dim_period') }}
),

known as (
    -- A later delivery of the same value stands in the place of the earlier one.
    select distinct on (entity_code, indicator_code, measured_period, value_role) *
    from measured
    where {{ is_known('measured') }}
    order by
        entity_code, indicator_code, measured_period, value_role, known_from desc, _submission_id desc, _row desc
),

dated as (
    select
        known.*,
        coalesce(periods.period_start, make_date(left(known.measured_period, 4)::integer, 1, 1)) as period_start,
        coalesce(periods.period_end, make_date(right(known.measured_period, 4)::integer, 12, 31)) as period_end
    from known
    left join periods on known.measured_period = periods.period_code
),

final as (
    select
        entity_code,
        indicator_code,
        measured_period as period_code,
        value_role,
        indicator_name,
        pillar,
        unit,
        scale_min,
        scale_max,
        direction,
        period_start,
        period_end,
        value,
        case when value is null then coalesce(missing_kind, 'not_reported') end as missing_kind,
        source,
        note,
        known_from,
        is_reconstruction,
        {{ lineage_columns('dated') }}
    from dated
    -- A target speaks of a time to come; a measurement counts once its period has ended.
    where value_role = 'target' or period_end <= {{ cutoff() }}
)

select * from final
