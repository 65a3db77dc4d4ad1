with activities as (
    select * from {{ ref('stg_activity_plan') }}
),

programmed as (
    select * from {{ ref('stg_activity_plan_month') }}
    where programmed_qty > 0
),

first_months as (
    select
        _submission_id,
        min(month) as first_month
    from programmed
    group by _submission_id
),

final as (
    select
        activities.entity_code,
        activities.plan_code,
        activities.fiscal_year,
        activities.plan_version,
        activities.plan_name,
        activities.approved_on,
        activities.effective_from,
        -- A version starts where it says, or earlier if it programmes earlier: no programmed unit is ever left out.
        least(activities.effective_from, first_months.first_month) as version_start,
        activities.activity_code,
        activities.activity_name,
        activities.task_name,
        activities.product_name,
        activities.pillar,
        activities.unit_of_measure,
        activities.target_rule,
        activities.target_description,
        activities.dependency_code,
        activities.reporting_group,
        coalesce(activities.is_cancelled, false) as is_cancelled,
        activities.known_from,
        activities.known_to,
        activities.is_reconstruction,
        {{ lineage_columns('activities') }}
    from activities
    left join first_months on activities._submission_id = first_months._submission_id
)

select * from final
