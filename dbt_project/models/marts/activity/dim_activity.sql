with activities as (
    select * from {{ ref('int_plan_activities') }}
    where {{ is_known('int_plan_activities') }}
),

versioned as (
    select
        *,
        max(plan_version) over (partition by entity_code, plan_code, fiscal_year) as last_plan_version,
        min(plan_version) over activity as first_version,
        row_number() over (activity order by plan_version desc) as recency
    from activities
    window activity as (partition by entity_code, plan_code, fiscal_year, activity_code)
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        activity_name,
        plan_name,
        pillar,
        unit_of_measure,
        target_rule,
        target_description,
        dependency_code,
        reporting_group,
        first_version,
        plan_version as last_version,
        is_cancelled or plan_version < last_plan_version as is_cancelled,
        is_reconstruction,
        {{ lineage_columns('versioned') }}
    from versioned
    where recency = 1
)

select * from final
