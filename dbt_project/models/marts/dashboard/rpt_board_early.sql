{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with early as (
    select * from {{ ref('fct_early_execution') }}
),

activities as (
    select * from {{ ref('rpt_board_activity') }}
    where early_qty > 0
),

months as (
    select * from {{ ref('rpt_board_month') }}
    where executed_qty > 0
),

-- Units are taken first in, first out: the n-th unit executed is the n-th programmed. So the early ones of a period are those that
-- follow the units programmed to its cut-off, and each lies in one month of execution and in one month of the programme.
taken as (
    select
        early.entity_code,
        early.plan_code,
        early.fiscal_year,
        early.activity_code,
        early.period_code,
        early.month as programmed_month,
        early.programmed_qty,
        activities.programmed_to_date_qty + coalesce(sum(early.early_qty) over sooner, 0) as units_before,
        activities.programmed_to_date_qty + coalesce(sum(early.early_qty) over sooner, 0) + early.early_qty as units_after
    from early
    inner join activities
        on
            early.entity_code = activities.entity_code
            and early.plan_code = activities.plan_code
            and early.fiscal_year = activities.fiscal_year
            and early.activity_code = activities.activity_code
            and early.period_code = activities.period_code
    window sooner as (
        partition by early.entity_code, early.plan_code, early.fiscal_year, early.activity_code, early.period_code
        order by early.month
        rows between unbounded preceding and 1 preceding
    )
),

final as (
    select
        activities.entity_code,
        activities.entity_name,
        activities.plan_code,
        activities.plan_name,
        activities.fiscal_year,
        activities.period_code,
        activities.period_name,
        activities.period_label,
        activities.period_type,
        activities.period_type_name,
        activities.period_sort,
        activities.dependency_code,
        activities.dependency_name,
        activities.reporting_group,
        activities.activity_code,
        activities.activity_name,
        activities.unit_of_measure,
        months.month_start as executed_month,
        {{ month_name('months.month_start') }} as executed_month_name,
        taken.programmed_month,
        {{ month_name('taken.programmed_month') }} as programmed_month_name,
        taken.programmed_qty,
        (
            least(taken.units_after, months.executed_to_date_qty)
            - greatest(taken.units_before, months.executed_to_date_qty - months.executed_qty)
        )::bigint as early_qty,
        activities.cutoff_date,
        activities.plan_version
    from taken
    inner join activities
        on
            taken.entity_code = activities.entity_code
            and taken.plan_code = activities.plan_code
            and taken.fiscal_year = activities.fiscal_year
            and taken.activity_code = activities.activity_code
            and taken.period_code = activities.period_code
    inner join months
        on
            taken.entity_code = months.entity_code
            and taken.plan_code = months.plan_code
            and taken.fiscal_year = months.fiscal_year
            and taken.activity_code = months.activity_code
            and activities.cutoff_date > months.month_start
            and taken.units_before < months.executed_to_date_qty
            and taken.units_after > months.executed_to_date_qty - months.executed_qty
)

select * from final
