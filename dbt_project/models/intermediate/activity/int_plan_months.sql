with months as (
    select * from {{ ref('stg_activity_plan_month') }}
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        plan_version,
        activity_code,
        month,
        (month + interval '1 month')::date - 1 as month_end,
        programmed_qty,
        known_from,
        known_to,
        {{ lineage_columns('months') }}
    from months
)

select * from final
