with activities as (
    select * from {{ ref('int_plan_activities') }} as plan_activities
    where {{ is_known('plan_activities') }}
),

last_versions as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        max(plan_version) as last_plan_version
    from activities
    group by entity_code, plan_code, fiscal_year
),

spans as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        min(plan_version) as first_version,
        max(plan_version) as last_version
    from activities
    group by entity_code, plan_code, fiscal_year, activity_code
),

final as (
    select
        activities.entity_code,
        activities.plan_code,
        activities.fiscal_year,
        activities.activity_code,
        activities.activity_name,
        activities.task_name,
        activities.product_name,
        activities.plan_name,
        activities.pillar,
        activities.unit_of_measure,
        activities.target_rule,
        activities.target_description,
        activities.dependency_code,
        activities.reporting_group,
        spans.first_version,
        spans.last_version,
        activities.is_cancelled or spans.last_version < last_versions.last_plan_version as is_cancelled,
        activities.is_reconstruction,
        {{ lineage_columns('activities') }}
    from activities
    inner join spans
        on
            activities.entity_code = spans.entity_code
            and activities.plan_code = spans.plan_code
            and activities.fiscal_year = spans.fiscal_year
            and activities.activity_code = spans.activity_code
            and activities.plan_version = spans.last_version
    inner join last_versions
        on
            activities.entity_code = last_versions.entity_code
            and activities.plan_code = last_versions.plan_code
            and activities.fiscal_year = last_versions.fiscal_year
)

select * from final
