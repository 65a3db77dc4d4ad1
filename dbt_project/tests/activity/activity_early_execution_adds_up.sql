-- The months that early execution was taken from add up to it.
with compliance as (
    select * from {{ ref('rpt_activity_compliance') }}
    where early_qty > 0
),

taken as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        period_code,
        sum(early_qty) as early_qty
    from {{ ref('fct_early_execution') }}
    group by entity_code, plan_code, fiscal_year, activity_code, period_code
)

select
    compliance.entity_code,
    compliance.activity_code,
    compliance.period_code,
    compliance.early_qty,
    taken.early_qty as taken_qty
from compliance
full join taken
    on
        compliance.entity_code = taken.entity_code
        and compliance.plan_code = taken.plan_code
        and compliance.fiscal_year = taken.fiscal_year
        and compliance.activity_code = taken.activity_code
        and compliance.period_code = taken.period_code
where compliance.early_qty is distinct from taken.early_qty
