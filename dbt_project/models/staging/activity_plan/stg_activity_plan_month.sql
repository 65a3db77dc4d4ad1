with plan_rows as (
    select * from {{ ref('stg_activity_plan') }}
),

final as (
    select
        plan_rows.entity_code,
        plan_rows.plan_code,
        plan_rows.fiscal_year,
        plan_rows.plan_version,
        plan_rows.activity_code,
        make_date(plan_rows.fiscal_year, months.month_number, 1) as month,
        months.programmed_qty,
        plan_rows.known_from,
        plan_rows.known_to,
        {{ lineage_columns('plan_rows') }}
    from plan_rows
    cross join lateral (
        values
        (1, plan_rows.month_01_qty),
        (2, plan_rows.month_02_qty),
        (3, plan_rows.month_03_qty),
        (4, plan_rows.month_04_qty),
        (5, plan_rows.month_05_qty),
        (6, plan_rows.month_06_qty),
        (7, plan_rows.month_07_qty),
        (8, plan_rows.month_08_qty),
        (9, plan_rows.month_09_qty),
        (10, plan_rows.month_10_qty),
        (11, plan_rows.month_11_qty),
        (12, plan_rows.month_12_qty)
    ) as months (month_number, programmed_qty)
)

select * from final
