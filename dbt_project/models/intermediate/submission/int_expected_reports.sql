with cutoffs as (
    select * from {{ ref('int_plan_cutoffs') }}
    where period_type = 'month'
),

plan_activities as (
    select * from {{ ref('int_plan_activities') }}
    where not is_cancelled
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

programmed as (
    select
        cutoffs.entity_code,
        plan_activities.dependency_code,
        cutoffs.period_code,
        cutoffs.fiscal_year,
        bool_or(cutoffs.is_approved) as is_closed,
        bool_and(plan_activities.is_reconstruction) as is_reconstruction
    from cutoffs
    inner join plan_activities on cutoffs.plan_submission_id = plan_activities._submission_id
    inner join plan_months
        on
            plan_activities._submission_id = plan_months._submission_id
            and plan_activities.activity_code = plan_months.activity_code
            and cutoffs.period_start = plan_months.month
    left join dependencies
        on
            plan_activities.entity_code = dependencies.entity_code
            and plan_activities.dependency_code = dependencies.dependency_code
    where coalesce(dependencies.reports_plan, true)
    group by cutoffs.entity_code, plan_activities.dependency_code, cutoffs.period_code, cutoffs.fiscal_year
),

final as (
    select
        programmed.entity_code,
        programmed.dependency_code,
        'execution_report' as kind,
        programmed.period_code,
        programmed.fiscal_year,
        programmed.is_reconstruction,
        programmed.is_closed,
        due_days.due_at
    from programmed
    left join due_days on programmed.period_code = due_days.period_code and due_days.kind = 'execution_report'
    left join received
        on
            programmed.entity_code = received.entity_code
            and programmed.fiscal_year = received.fiscal_year
            and programmed.is_reconstruction
    where
        programmed.is_closed
        or due_days.due_at < coalesce(received.last_received_at, now())
)

select * from final
