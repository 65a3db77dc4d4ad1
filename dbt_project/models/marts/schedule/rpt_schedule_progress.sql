{{ config(post_hook="{{ asof_function(parents=['int_schedule_activities', 'fct_schedule_milestone']) }}") }}

with activities as (
    select * from {{ ref('int_schedule_activities') }}
),

milestones as (
    select * from {{ ref('fct_schedule_milestone') }}
),

sums as (
    select
        entity_code,
        fiscal_year,
        activity_number,
        sum(planned_qty)::bigint as planned_qty,
        sum(planned_qty) filter (where period_end <= {{ cutoff() }})::bigint as planned_to_date_qty,
        sum(done_qty)::bigint as done_qty,
        count(*) filter (where planned_qty > 0)::integer as quarters_planned,
        count(*) filter (where planned_qty > 0 and period_end <= {{ cutoff() }})::integer as quarters_due,
        count(*) filter (where planned_qty > 0 and period_end <= {{ cutoff() }} and done_qty >= planned_qty)::integer as quarters_met,
        count(*) filter (where planned_qty > 0 and period_end <= {{ cutoff() }} and done_qty is null)::integer as quarters_unreported
    from milestones
    group by entity_code, fiscal_year, activity_number
),

judged as (
    select
        activities.entity_code,
        activities.fiscal_year,
        activities.activity_number,
        activities.activity_order,
        activities.fiscal_year::text as period_code,
        least({{ cutoff() }}, make_date(activities.fiscal_year, 12, 31)) as cutoff_date,
        activities.stage,
        activities.activity_name,
        activities.target_description,
        activities.target_rule,
        activities.minimum_qty,
        activities.strategy_minimum_qty,
        coalesce(activities.strategy_minimum_qty <> activities.minimum_qty, false) as differs_from_strategy,
        sums.planned_qty,
        coalesce(sums.planned_to_date_qty, 0) as planned_to_date_qty,
        sums.done_qty,
        {{ pct('sums.done_qty', 'activities.minimum_qty') }} as progress_pct,
        case
            when activities.minimum_qty is not null then greatest(activities.minimum_qty - coalesce(sums.done_qty, 0), 0)
        end as pending_qty,
        sums.quarters_planned,
        sums.quarters_due,
        sums.quarters_met,
        sums.quarters_unreported,
        case
            when activities.minimum_qty is null then 'evidence_only'
            when sums.done_qty > activities.minimum_qty then 'over'
            when sums.done_qty = activities.minimum_qty then 'met'
            when sums.done_qty is null and sums.quarters_due > 0 then 'not_reported'
            when coalesce(sums.done_qty, 0) < coalesce(sums.planned_to_date_qty, 0) then 'behind'
            else 'on_course'
        end as status,
        activities.evidence_description,
        activities.done_evidence,
        activities.responsible,
        activities.note,
        activities.is_reconstruction
    from activities
    inner join sums
        on
            activities.entity_code = sums.entity_code
            and activities.fiscal_year = sums.fiscal_year
            and activities.activity_number = sums.activity_number
),

final as (
    select
        judged.*,
        {{ code_name('schedule_status', 'status') }} as status_name
    from judged
)

select * from final
