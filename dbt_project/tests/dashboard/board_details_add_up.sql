-- The detail of each board adds up to the plan's figure of the period: early units by month, units of the activities that need attention,
-- and the changes of the plan to what separates the year's goal from the original one.
with plans as (
    select * from {{ ref('rpt_plan_compliance') }}
),

early as (
    select
        entity_code,
        plan_code,
        period_code,
        sum(early_qty) as early_qty
    from {{ ref('rpt_board_early') }}
    group by entity_code, plan_code, period_code
),

attention as (
    select
        entity_code,
        plan_code,
        period_code,
        sum(units_qty) filter (where attention_type in ('behind_unjustified', 'behind_justified', 'rescheduled', 'carried_over')) as shortfall_qty,
        sum(units_qty) filter (where attention_type in ('over', 'ahead_of_plan')) as over_execution_qty,
        count(distinct subject_code) filter (where attention_type = 'report_missing') as unreported_months
    from {{ ref('rpt_board_attention') }}
    group by entity_code, plan_code, period_code
),

cancelled as (
    select
        entity_code,
        plan_code,
        period_code,
        sum(shortfall_qty) as shortfall_qty,
        sum(over_execution_qty) as over_execution_qty
    from {{ ref('rpt_activity_compliance') }}
    where status = 'cancelled'
    group by entity_code, plan_code, period_code
),

changes as (
    select
        entity_code,
        plan_code,
        period_code,
        sum(difference_qty) as difference_qty
    from {{ ref('rpt_board_plan_change') }}
    group by entity_code, plan_code, period_code
)

select
    plans.entity_code,
    plans.plan_code,
    plans.period_code
from plans
left join early
    on plans.entity_code = early.entity_code and plans.plan_code = early.plan_code and plans.period_code = early.period_code
left join attention
    on plans.entity_code = attention.entity_code and plans.plan_code = attention.plan_code and plans.period_code = attention.period_code
left join cancelled
    on plans.entity_code = cancelled.entity_code and plans.plan_code = cancelled.plan_code and plans.period_code = cancelled.period_code
left join changes
    on plans.entity_code = changes.entity_code and plans.plan_code = changes.plan_code and plans.period_code = changes.period_code
where
    coalesce(early.early_qty, 0) <> plans.early_qty
    or coalesce(attention.shortfall_qty, 0) + coalesce(cancelled.shortfall_qty, 0) <> plans.shortfall_qty
    or coalesce(attention.over_execution_qty, 0) + coalesce(cancelled.over_execution_qty, 0) <> plans.over_execution_qty
    or coalesce(attention.unreported_months, 0) <> plans.unreported_months
    or coalesce(changes.difference_qty, 0) <> plans.annual_qty - coalesce(plans.original_annual_qty, plans.annual_qty)
