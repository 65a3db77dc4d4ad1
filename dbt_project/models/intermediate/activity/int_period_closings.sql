with closings as (
    select * from {{ ref('stg_period_closing') }}
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        month,
        (month + interval '1 month')::date - 1 as month_end,
        action,
        decided_on,
        known_from,
        known_to,
        {{ lineage_columns('closings') }}
    from closings
)

select * from final
