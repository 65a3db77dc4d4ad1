{{ config(post_hook="{{ asof_function() }}") }}

with plan_activities as (
    select * from {{ ref('int_plan_activities') }}
),

period_closings as (
    select * from {{ ref('int_period_closings') }}
),

periods as (
    select * from {{ ref('int_calendar_periods') }}
),

versions as (
    select distinct
        entity_code,
        plan_code,
        fiscal_year,
        plan_version,
        plan_name,
        approved_on,
        version_start,
        _submission_id
    from plan_activities
    where {{ is_known('plan_activities') }}
),

plans as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        min(version_start) as plan_start,
        max(_submission_id) filter (where plan_version = 1) as original_submission_id
    from versions
    group by entity_code, plan_code, fiscal_year
),

decisions as (
    select distinct on (entity_code, plan_code, fiscal_year, month)
        entity_code,
        plan_code,
        fiscal_year,
        month,
        month_end,
        action
    from period_closings
    where {{ is_known('period_closings') }}
    order by entity_code, plan_code, fiscal_year, month, known_from desc, decided_on desc, _submission_id desc, _row desc
),

bounded as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        month,
        month_end,
        action,
        min(month) filter (where action = 'reopen') over (partition by entity_code, plan_code, fiscal_year) as first_reopened
    from decisions
),

reported as (
    -- A reopened month is under correction: what follows it is not reported through either, until it closes again.
    select
        entity_code,
        plan_code,
        fiscal_year,
        max(month_end) as reported_through
    from bounded
    where
        action = 'close'
        and month < coalesce(first_reopened, 'infinity')
    group by entity_code, plan_code, fiscal_year
),

cutoffs as (
    select
        plans.entity_code,
        plans.plan_code,
        plans.fiscal_year,
        plans.plan_start,
        plans.original_submission_id,
        periods.period_code,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        reported.reported_through,
        coalesce(periods.period_end <= reported.reported_through, false) as is_approved,
        -- Nothing closed: the cut-off is the eve of the plan.
        least(periods.period_end, {{ cutoff() }}, coalesce(reported.reported_through, plans.plan_start - 1)) as cutoff_date
    from plans
    inner join periods
        on
            plans.fiscal_year = periods.fiscal_year
            and plans.plan_start <= periods.period_end
    left join reported
        on
            plans.entity_code = reported.entity_code
            and plans.plan_code = reported.plan_code
            and plans.fiscal_year = reported.fiscal_year
),

final as (
    -- In force: the highest version approved by the cut-off; before the first approval, the first version there is.
    select distinct on (cutoffs.entity_code, cutoffs.plan_code, cutoffs.fiscal_year, cutoffs.period_code)
        cutoffs.entity_code,
        cutoffs.plan_code,
        cutoffs.fiscal_year,
        cutoffs.period_code,
        cutoffs.period_type,
        cutoffs.period_start,
        cutoffs.period_end,
        cutoffs.plan_start,
        cutoffs.reported_through,
        cutoffs.is_approved,
        cutoffs.cutoff_date,
        cutoffs.original_submission_id,
        versions.plan_version,
        versions.plan_name,
        versions.approved_on as plan_approved_on,
        versions._submission_id as plan_submission_id
    from cutoffs
    inner join versions
        on
            cutoffs.entity_code = versions.entity_code
            and cutoffs.plan_code = versions.plan_code
            and cutoffs.fiscal_year = versions.fiscal_year
    order by
        cutoffs.entity_code,
        cutoffs.plan_code,
        cutoffs.fiscal_year,
        cutoffs.period_code,
        versions.approved_on <= cutoffs.cutoff_date desc,
        case when versions.approved_on <= cutoffs.cutoff_date then versions.plan_version else -versions.plan_version end desc
)

select * from final
