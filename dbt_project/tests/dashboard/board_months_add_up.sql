-- The twelve months add up to the year; what is accumulated to the month of the cut-off is the plan's figure to date, and the same in
-- every earlier month whose cut-off had the same version of the plan in force.
with months as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        month_code,
        count(*) as activities,
        sum(programmed_to_date_qty) as programmed_to_date_qty,
        sum(original_to_date_qty) as original_to_date_qty,
        sum(executed_to_date_qty) as executed_to_date_qty,
        sum(executed_qty) as executed_qty,
        sum(programmed_qty) as programmed_qty,
        bool_or(is_to_date) as is_to_date
    from {{ ref('rpt_board_month') }}
    group by entity_code, plan_code, fiscal_year, month_code
),

plans as (
    select * from {{ ref('rpt_plan_compliance') }}
),

years as (
    select
        plans.entity_code,
        plans.plan_code,
        plans.fiscal_year,
        plans.plan_version,
        plans.annual_qty,
        plans.programmed_to_date_qty,
        plans.executed_to_date_qty,
        plans.original_programmed_to_date_qty,
        sum(months.programmed_qty) as months_programmed_qty,
        coalesce(sum(months.programmed_qty) filter (where months.is_to_date), 0) as months_to_date_qty,
        sum(months.executed_qty) as months_executed_qty,
        count(*) as months
    from plans
    left join months
        on
            plans.entity_code = months.entity_code
            and plans.plan_code = months.plan_code
            and plans.fiscal_year = months.fiscal_year
    where plans.period_type = 'year'
    group by
        plans.entity_code, plans.plan_code, plans.fiscal_year, plans.plan_version, plans.annual_qty, plans.programmed_to_date_qty,
        plans.executed_to_date_qty, plans.original_programmed_to_date_qty
)

select
    entity_code,
    plan_code,
    fiscal_year::text as place
from years
where
    months <> 12
    or months_programmed_qty is distinct from annual_qty
    or months_to_date_qty is distinct from programmed_to_date_qty
    or coalesce(months_executed_qty, 0) is distinct from coalesce(executed_to_date_qty, 0)
union all
select
    months.entity_code,
    months.plan_code,
    months.month_code as place
from months
inner join plans
    on
        months.entity_code = plans.entity_code
        and months.plan_code = plans.plan_code
        and months.month_code = plans.period_code
inner join years
    on
        months.entity_code = years.entity_code
        and months.plan_code = years.plan_code
        and months.fiscal_year = years.fiscal_year
where
    months.is_to_date
    and (
        months.original_to_date_qty is distinct from plans.original_programmed_to_date_qty
        or plans.plan_version = years.plan_version
        and (
            months.programmed_to_date_qty is distinct from plans.programmed_to_date_qty
            or coalesce(months.executed_to_date_qty, 0) <> coalesce(plans.executed_to_date_qty, 0)
        )
    )
