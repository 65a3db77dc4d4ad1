with months as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        period_code,
        period_start,
        period_end,
        is_approved
    from {{ ref('int_plan_cutoffs') }}
    where period_type = 'month'
),

plan_activities as (
    select * from {{ ref('int_plan_activities') }}
),

plan_months as (
    select * from {{ ref('int_plan_months') }}
    where programmed_qty > 0
),

dependencies as (
    select * from {{ ref('dim_dependency') }}
    where is_current
),

received as (
    select
        entity_code,
        fiscal_year,
        max(received_at) as last_received_at
    from {{ ref('stg_submission') }}
    where kind in ('activity_plan', 'execution_report', 'period_closing') and is_accepted and is_reconstruction
    group by entity_code, fiscal_year
),

due_days as (
    select * from {{ ref('int_due_days') }}
),

versions as (
    select distinct
        entity_code,
        plan_code,
        fiscal_year,
        plan_version,
        approved_on,
        _submission_id
    from plan_activities
    where {{ is_known('plan_activities') }}
),

in_force as (
    -- What a month asks for is in the last version approved by its end; before the first approval, in the first version there is.
    select distinct on (months.entity_code, months.plan_code, months.fiscal_year, months.period_code)
        months.*,
        versions._submission_id
    from months
    inner join versions
        on
            months.entity_code = versions.entity_code
            and months.plan_code = versions.plan_code
            and months.fiscal_year = versions.fiscal_year
    order by
        months.entity_code,
        months.plan_code,
        months.fiscal_year,
        months.period_code,
        versions.approved_on <= months.period_end desc,
        case when versions.approved_on <= months.period_end then versions.plan_version else -versions.plan_version end desc
),

asked as (
    select
        in_force.entity_code,
        plan_activities.dependency_code,
        in_force.period_code,
        in_force.fiscal_year,
        bool_or(in_force.is_approved) as is_closed,
        bool_or(plan_months.month is not null) as is_programmed,
        bool_and(plan_activities.is_reconstruction) as is_reconstruction
    from in_force
    inner join plan_activities
        on
            in_force._submission_id = plan_activities._submission_id
            and not plan_activities.is_cancelled
    left join plan_months
        on
            plan_activities._submission_id = plan_months._submission_id
            and plan_activities.activity_code = plan_months.activity_code
            and in_force.period_start = plan_months.month
    left join dependencies
        on
            plan_activities.entity_code = dependencies.entity_code
            and plan_activities.dependency_code = dependencies.dependency_code
    where coalesce(dependencies.reports_plan, true)
    group by in_force.entity_code, plan_activities.dependency_code, in_force.period_code, in_force.fiscal_year
),

dated as (
    select
        asked.*,
        due_days.due_at,
        coalesce(asked.is_closed or due_days.due_at < coalesce(received.last_received_at, now()), false) as is_due
    from asked
    left join due_days on asked.period_code = due_days.period_code and due_days.kind = 'execution_report'
    left join received
        on
            asked.entity_code = received.entity_code
            and asked.fiscal_year = received.fiscal_year
            and asked.is_reconstruction
),

final as (
    select
        entity_code,
        dependency_code,
        'execution_report' as kind,
        period_code,
        fiscal_year,
        is_programmed,
        is_reconstruction,
        is_closed,
        is_due,
        due_at
    from dated
    -- The plans of the reconstruction were followed before an empty month had to be declared, and nothing is known after their last file.
    where not is_reconstruction or (is_programmed and is_due)
)

select * from final
