-- The ratio of the sums of rpt_board_measure is the plan's percent, for every plan, period and measure; that of the sums of the period
-- before is the percent of that period, wherever the plan had it; and that of the original sums, the original percent.
with plans as (
    select * from {{ ref('rpt_plan_compliance') }}
),

sums as (
    select
        entity_code,
        plan_code,
        period_code,
        previous_period_code,
        measure,
        {{ pct('sum(numerator_qty)', 'sum(denominator_qty)') }} as measure_pct,
        {{ pct('sum(previous_numerator_qty)', 'sum(previous_denominator_qty)') }} as previous_pct,
        {{ pct('sum(original_numerator_qty)', 'sum(original_denominator_qty)') }} as original_pct
    from {{ ref('rpt_board_measure') }}
    group by entity_code, plan_code, period_code, previous_period_code, measure
),

expected as (
    select
        plans.entity_code,
        plans.plan_code,
        plans.period_code,
        measures.measure,
        measures.measure_pct,
        measures.original_pct
    from plans
    cross join lateral (
        values
        ('execution', plans.execution_pct, plans.original_execution_pct),
        ('compliance', plans.compliance_pct, plans.original_compliance_pct),
        ('progress', plans.progress_pct, plans.original_progress_pct),
        ('pending', plans.pending_pct, plans.original_pending_pct),
        ('compliance_capped', plans.compliance_capped_pct, null)
    ) as measures (measure, measure_pct, original_pct)
)

select
    expected.entity_code,
    expected.plan_code,
    expected.period_code,
    expected.measure
from expected
left join sums
    on
        expected.entity_code = sums.entity_code
        and expected.plan_code = sums.plan_code
        and expected.period_code = sums.period_code
        and expected.measure = sums.measure
left join expected as previous
    on
        sums.entity_code = previous.entity_code
        and sums.plan_code = previous.plan_code
        and sums.previous_period_code = previous.period_code
        and sums.measure = previous.measure
where
    sums.measure is null
    or sums.measure_pct is distinct from expected.measure_pct
    or sums.original_pct is distinct from expected.original_pct
    or sums.previous_pct is distinct from previous.measure_pct
