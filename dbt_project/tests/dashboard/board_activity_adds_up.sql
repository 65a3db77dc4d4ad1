-- Every quantity that rpt_board_activity stores adds up to the plan's figure, period by period; the activities to their number, and
-- those of the period before to the figures of the plan in that period.
{% set quantities = [
    'programmed_qty', 'executed_qty', 'annual_qty', 'programmed_to_date_qty', 'executed_to_date_qty', 'capped_executed_qty', 'shortfall_qty',
    'carried_over_qty', 'rescheduled_qty', 'justified_qty', 'unjustified_qty', 'over_execution_qty', 'early_qty', 'surplus_over_year_qty',
    'carried_in_executed_qty', 'carried_in_executed_to_date_qty', 'original_programmed_qty', 'original_programmed_to_date_qty',
    'original_annual_qty'
] %}
{% set previous = ['programmed_qty', 'executed_qty', 'annual_qty', 'programmed_to_date_qty', 'executed_to_date_qty'] %}

with sums as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        max(previous_period_code) as previous_period_code,
        {% for quantity in quantities %}
            sum({{ quantity }}) as {{ quantity }},
        {% endfor %}
        {% for quantity in previous %}
            sum(previous_{{ quantity }}) as previous_{{ quantity }},
        {% endfor %}
        sum(activities_qty) as activities_total
    from {{ ref('rpt_board_activity') }}
    group by entity_code, plan_code, fiscal_year, period_code
),

plans as (
    select * from {{ ref('rpt_plan_compliance') }}
)

select
    plans.entity_code,
    plans.plan_code,
    plans.period_code
from plans
left join sums
    on
        plans.entity_code = sums.entity_code
        and plans.plan_code = sums.plan_code
        and plans.period_code = sums.period_code
left join plans as previous
    on
        plans.entity_code = previous.entity_code
        and plans.plan_code = previous.plan_code
        and plans.fiscal_year = previous.fiscal_year
        and sums.previous_period_code = previous.period_code
where
    sums.activities_total is distinct from plans.activities_total
    {% for quantity in quantities %}
        or sums.{{ quantity }} is distinct from plans.{{ quantity }}
    {% endfor %}
    {% for quantity in previous %}
        or sums.previous_{{ quantity }} is distinct from previous.{{ quantity }}
    {% endfor %}
