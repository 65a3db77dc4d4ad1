{{ config(post_hook="{{ asof_function(parents=['int_plan_cutoffs', 'int_cutoff_activities', 'int_known_executions']) }}") }}

with cutoffs as (
    select * from {{ ref('int_plan_cutoffs') }}
),

activities as (
    select * from {{ ref('int_cutoff_activities') }}
),

programme as (
    select * from {{ ref('int_plan_months') }}
),

executions as (
    select * from {{ ref('int_known_executions') }}
),

quarantined as (
    select * from {{ ref('int_quarantined_activities') }}
),

calendar as (
    select * from {{ ref('int_calendar_periods') }}
    where period_type = 'month'
),

reported as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        month,
        sum(executed_qty) filter (where carried_over_from is null) as executed_qty,
        sum(carried_over_qty) filter (where carried_over_from is null) as carried_over_qty,
        sum(rescheduled_qty) filter (where carried_over_from is null) as rescheduled_qty,
        max(rescheduled_to) filter (where carried_over_from is null) as rescheduled_to,
        sum(justified_qty) filter (where carried_over_from is null) as justified_qty,
        max(known_from) filter (where carried_over_from is null) as known_from,
        sum(executed_qty) filter (where carried_over_from is not null) as carried_in_qty
    from executions
    group by entity_code, plan_code, fiscal_year, activity_code, month
),

set_aside as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        month,
        max(known_from) as known_from
    from quarantined
    where {{ is_known('quarantined') }}
    group by entity_code, plan_code, fiscal_year, activity_code, month
),

months as (
    select
        activities.entity_code,
        activities.plan_code,
        activities.fiscal_year,
        activities.period_code,
        activities.activity_code,
        cutoffs.cutoff_date,
        calendar.period_code as month_code,
        calendar.period_start between cutoffs.period_start and cutoffs.period_end as is_in_period,
        calendar.period_end <= cutoffs.cutoff_date as is_to_date,
        coalesce(programme.programmed_qty, 0) as programmed_qty,
        original.programmed_qty as original_qty,
        cutoffs.original_submission_id is not null as has_original,
        reported.executed_qty,
        calendar.period_end <= cutoffs.cutoff_date and coalesce(programme.programmed_qty, 0) > 0 and reported.executed_qty is null as is_unreported,
        reported.carried_over_qty,
        reported.rescheduled_qty,
        reported.rescheduled_to,
        reported.justified_qty,
        reported.carried_in_qty,
        -- A later accepted row for the same cell of the plan answers for the one set aside.
        set_aside.known_from >= coalesce(reported.known_from, '-infinity') as has_quarantined_row
    from activities
    inner join cutoffs
        on
            activities.entity_code = cutoffs.entity_code
            and activities.plan_code = cutoffs.plan_code
            and activities.fiscal_year = cutoffs.fiscal_year
            and activities.period_code = cutoffs.period_code
    inner join calendar
        on
            cutoffs.fiscal_year = calendar.fiscal_year
            and cutoffs.plan_start <= calendar.period_end
    left join programme
        on
            cutoffs.plan_submission_id = programme._submission_id
            and activities.activity_code = programme.activity_code
            and calendar.period_start = programme.month
    left join programme as original
        on
            cutoffs.original_submission_id = original._submission_id
            and activities.activity_code = original.activity_code
            and calendar.period_start = original.month
    left join reported
        on
            activities.entity_code = reported.entity_code
            and activities.plan_code = reported.plan_code
            and activities.fiscal_year = reported.fiscal_year
            and activities.activity_code = reported.activity_code
            and calendar.period_start = reported.month
    left join set_aside
        on
            activities.entity_code = set_aside.entity_code
            and activities.plan_code = set_aside.plan_code
            and activities.fiscal_year = set_aside.fiscal_year
            and activities.activity_code = set_aside.activity_code
            and calendar.period_start = set_aside.month
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        activity_code,
        sum(programmed_qty)::bigint as annual_qty,
        coalesce(sum(programmed_qty) filter (where is_in_period), 0)::bigint as period_programmed_qty,
        coalesce(sum(programmed_qty) filter (where is_in_period and is_to_date), 0)::bigint as programmed_qty,
        coalesce(sum(programmed_qty) filter (where is_to_date), 0)::bigint as programmed_to_date_qty,
        -- Something expected and nothing reported is unknown, not 0; nothing expected and nothing reported is 0.
        case
            when bool_or(is_in_period and is_to_date and executed_qty is not null) then sum(executed_qty) filter (where is_in_period and is_to_date)
            when bool_or(is_in_period and is_to_date) and not bool_or(is_in_period and is_unreported) then 0
        end::bigint as executed_qty,
        case
            when bool_or(is_to_date and executed_qty is not null) then sum(executed_qty) filter (where is_to_date)
            when not bool_or(is_unreported) then 0
        end::bigint as executed_to_date_qty,
        coalesce(sum(coalesce(executed_qty, 0) - programmed_qty) filter (where is_to_date), 0)::bigint as surplus_qty,
        count(*) filter (where is_unreported)::integer as unreported_months,
        string_agg(month_code, ', ' order by month_code) filter (where is_unreported) as unreported_month_codes,
        coalesce(sum(carried_over_qty) filter (where is_to_date), 0)::bigint as declared_carried_over_qty,
        coalesce(sum(rescheduled_qty) filter (where is_to_date and rescheduled_to > cutoff_date), 0)::bigint as declared_rescheduled_qty,
        coalesce(sum(justified_qty) filter (where is_to_date), 0)::bigint as declared_justified_qty,
        coalesce(sum(carried_in_qty) filter (where is_in_period and is_to_date), 0)::bigint as carried_in_executed_qty,
        coalesce(sum(carried_in_qty) filter (where is_to_date), 0)::bigint as carried_in_executed_to_date_qty,
        coalesce(bool_or(has_quarantined_row) filter (where is_to_date), false) as has_quarantined_rows,
        sum(coalesce(original_qty, 0)) filter (where has_original)::bigint as original_annual_qty,
        sum(case when is_in_period and is_to_date then coalesce(original_qty, 0) else 0 end)
        filter (where has_original)::bigint as original_programmed_qty,
        sum(case when is_to_date then coalesce(original_qty, 0) else 0 end)
        filter (where has_original)::bigint as original_programmed_to_date_qty
    from months
    group by entity_code, plan_code, fiscal_year, period_code, activity_code
)

select * from final
