{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year']}]) }}

-- The plan in force at the last cut-off of the year: the period of the year in int_plan_cutoffs.
with cutoffs as (
    select * from {{ ref('int_plan_cutoffs') }}
    where period_type = 'year'
),

activities as (
    select * from {{ ref('rpt_activity_compliance') }}
    where period_type = 'year'
),

programme as (
    select * from {{ ref('int_plan_months') }}
),

executions as (
    select * from {{ ref('fct_activity_execution') }}
),

{{ entity_names() }},

{{ periods() }},

reported as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        month,
        sum(executed_qty) as executed_qty
    from executions
    group by entity_code, plan_code, fiscal_year, activity_code, month
),

months as (
    select
        activities.entity_code,
        activities.plan_code,
        activities.plan_name,
        activities.fiscal_year,
        activities.activity_code,
        activities.activity_name,
        activities.dependency_code,
        activities.dependency_name,
        activities.reporting_group,
        activities.annual_qty,
        activities.cutoff_date,
        activities.plan_version,
        periods.period_code as month_code,
        periods.period_start as month_start,
        coalesce(programme.programmed_qty, 0)::bigint as programmed_qty,
        case when cutoffs.original_submission_id is not null then coalesce(original.programmed_qty, 0) end::bigint as original_programmed_qty,
        cutoffs.plan_start <= periods.period_end and periods.period_end <= cutoffs.cutoff_date as is_to_date,
        -- As in the measures: expected and not reported is unknown; nothing expected and nothing reported is 0.
        case
            when cutoffs.plan_start <= periods.period_end and periods.period_end <= cutoffs.cutoff_date
                then coalesce(reported.executed_qty, case when coalesce(programme.programmed_qty, 0) = 0 then 0 end)
        end::bigint as executed_qty,
        reported.executed_qty is not null as is_reported
    from activities
    inner join cutoffs
        on
            activities.entity_code = cutoffs.entity_code
            and activities.plan_code = cutoffs.plan_code
            and activities.fiscal_year = cutoffs.fiscal_year
    inner join periods
        on
            activities.fiscal_year = periods.fiscal_year
            and periods.period_type = 'month'
    left join programme
        on
            cutoffs.plan_submission_id = programme._submission_id
            and activities.activity_code = programme.activity_code
            and periods.period_start = programme.month
    left join programme as original
        on
            cutoffs.original_submission_id = original._submission_id
            and activities.activity_code = original.activity_code
            and periods.period_start = original.month
    left join reported
        on
            activities.entity_code = reported.entity_code
            and activities.plan_code = reported.plan_code
            and activities.fiscal_year = reported.fiscal_year
            and activities.activity_code = reported.activity_code
            and periods.period_start = reported.month
),

accumulated as (
    select
        months.*,
        sum(programmed_qty) over to_month as programmed_to_date_qty,
        sum(original_programmed_qty) over to_month as original_to_date_qty,
        case
            when is_to_date and (bool_or(is_to_date and is_reported) over to_month or not bool_or(is_to_date and executed_qty is null) over to_month)
                then sum(executed_qty) over to_month
        end as executed_to_date_qty
    from months
    window to_month as (partition by entity_code, plan_code, fiscal_year, activity_code order by month_start)
),

final as (
    select
        accumulated.entity_code,
        entity_names.entity_name,
        accumulated.plan_code,
        accumulated.plan_name,
        accumulated.fiscal_year,
        accumulated.dependency_code,
        accumulated.dependency_name,
        accumulated.reporting_group,
        accumulated.activity_code,
        accumulated.activity_name,
        accumulated.month_code,
        accumulated.month_start,
        initcap(left({{ month_name('accumulated.month_start') }}, 3)) as month_name,
        extract(month from accumulated.month_start)::integer as month_number,
        accumulated.is_to_date,
        accumulated.programmed_qty,
        accumulated.original_programmed_qty,
        accumulated.executed_qty,
        accumulated.programmed_to_date_qty::bigint as programmed_to_date_qty,
        accumulated.original_to_date_qty::bigint as original_to_date_qty,
        accumulated.executed_to_date_qty::bigint as executed_to_date_qty,
        (accumulated.annual_qty - accumulated.programmed_to_date_qty)::bigint as remaining_programmed_qty,
        accumulated.annual_qty,
        accumulated.cutoff_date,
        accumulated.plan_version
    from accumulated
    left join entity_names on accumulated.entity_code = entity_names.entity_code
)

select * from final
