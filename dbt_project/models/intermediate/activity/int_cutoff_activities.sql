{{ config(post_hook="{{ asof_function(parents=['int_plan_cutoffs', 'int_known_executions']) }}") }}

with cutoffs as (
    select * from {{ ref('int_plan_cutoffs') }}
),

plan_activities as (
    select * from {{ ref('int_plan_activities') }}
),

executions as (
    select * from {{ ref('int_known_executions') }}
),

planned as (
    select
        cutoffs.entity_code,
        cutoffs.plan_code,
        cutoffs.fiscal_year,
        cutoffs.period_code,
        cutoffs.plan_version,
        plan_activities.activity_code,
        plan_activities.plan_version as described_by_version,
        plan_activities.activity_name,
        plan_activities.task_name,
        plan_activities.product_name,
        plan_activities.pillar,
        plan_activities.unit_of_measure,
        plan_activities.target_rule,
        plan_activities.dependency_code,
        plan_activities.reporting_group,
        plan_activities.is_cancelled,
        false as is_reported
    from cutoffs
    inner join plan_activities
        on
            cutoffs.entity_code = plan_activities.entity_code
            and cutoffs.plan_code = plan_activities.plan_code
            and cutoffs.fiscal_year = plan_activities.fiscal_year
    where {{ is_known('plan_activities') }}
),

reported as (
    -- Reported by the cut-off: added by a later version, or brought from another year.
    select distinct on (cutoffs.entity_code, cutoffs.plan_code, cutoffs.fiscal_year, cutoffs.period_code, executions.activity_code)
        cutoffs.entity_code,
        cutoffs.plan_code,
        cutoffs.fiscal_year,
        cutoffs.period_code,
        cutoffs.plan_version,
        executions.activity_code,
        null::bigint as described_by_version,
        coalesce(executions.activity_name, executions.activity_code) as activity_name,
        null::text as task_name,
        null::text as product_name,
        null::text as pillar,
        null::text as unit_of_measure,
        null::text as target_rule,
        executions.dependency_code,
        null::text as reporting_group,
        false as is_cancelled,
        true as is_reported
    from cutoffs
    inner join executions
        on
            cutoffs.entity_code = executions.entity_code
            and cutoffs.plan_code = executions.plan_code
            and cutoffs.fiscal_year = executions.fiscal_year
            and cutoffs.cutoff_date >= executions.month_end
    order by
        cutoffs.entity_code, cutoffs.plan_code, cutoffs.fiscal_year, cutoffs.period_code, executions.activity_code, executions.month desc
),

candidates as (
    select * from planned
    union all
    select * from reported
),

ranked as (
    -- Described by the version in force or the last one before it that had the activity, else by the first one after.
    select
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        plan_version,
        activity_code,
        described_by_version,
        activity_name,
        task_name,
        product_name,
        pillar,
        unit_of_measure,
        target_rule,
        dependency_code,
        reporting_group,
        is_cancelled,
        bool_or(is_reported) over activity as is_ever_reported,
        row_number() over (
            activity
            order by
                described_by_version <= plan_version desc nulls last,
                case when described_by_version <= plan_version then described_by_version else -described_by_version end desc nulls last
        ) as preference
    from candidates
    window activity as (partition by entity_code, plan_code, fiscal_year, period_code, activity_code)
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        activity_code,
        activity_name,
        task_name,
        product_name,
        pillar,
        unit_of_measure,
        target_rule,
        dependency_code,
        reporting_group,
        coalesce(described_by_version = plan_version, false) as is_in_plan,
        -- Cancelled: the version in force says so, or has dropped it.
        is_cancelled or coalesce(described_by_version < plan_version, false) as is_cancelled
    from ranked
    where
        preference = 1
        and (is_ever_reported or described_by_version <= plan_version)
)

select * from final
