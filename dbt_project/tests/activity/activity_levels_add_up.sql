-- Activities add up to their dependencies, to their reporting groups and to their plan, period by period.
{% set quantities = [
    'programmed_qty', 'executed_qty', 'annual_qty', 'programmed_to_date_qty', 'executed_to_date_qty', 'capped_executed_qty', 'shortfall_qty',
    'carried_over_qty', 'rescheduled_qty', 'justified_qty', 'unjustified_qty', 'over_execution_qty', 'early_qty', 'surplus_over_year_qty',
    'carried_in_executed_to_date_qty', 'original_programmed_to_date_qty'
] %}
{% set sums %}{% for quantity in quantities %}sum({{ quantity }}) as {{ quantity }}{{ ', ' if not loop.last }}{% endfor %}{% endset %}

with sums as (
    select
        'rpt_activity_compliance' as mart,
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        {{ sums }}
    from {{ ref('rpt_activity_compliance') }}
    group by entity_code, plan_code, fiscal_year, period_code
    union all
    select
        'rpt_dependency_compliance' as mart,
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        {{ sums }}
    from {{ ref('rpt_dependency_compliance') }}
    group by entity_code, plan_code, fiscal_year, period_code
    union all
    select
        'rpt_reporting_group_compliance' as mart,
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        {{ sums }}
    from {{ ref('rpt_reporting_group_compliance') }}
    group by entity_code, plan_code, fiscal_year, period_code
    union all
    select
        'rpt_plan_compliance' as mart,
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        {{ sums }}
    from {{ ref('rpt_plan_compliance') }}
    group by entity_code, plan_code, fiscal_year, period_code
),

distinct_sums as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        count(*) as marts,
        count(distinct row({{ quantities | join(', ') }})) as answers
    from sums
    group by entity_code, plan_code, fiscal_year, period_code
)

select * from distinct_sums
where answers <> 1 or marts <> 4
