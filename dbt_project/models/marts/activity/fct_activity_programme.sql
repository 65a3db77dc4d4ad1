{{ config(post_hook="{{ asof_function() }}") }}

with months as (
    select * from {{ ref('int_plan_months') }}
),

activities as (
    select * from {{ ref('int_plan_activities') }}
),

final as (
    select
        months.entity_code,
        months.plan_code,
        months.fiscal_year,
        months.plan_version,
        months.activity_code,
        months.month,
        months.programmed_qty,
        activities.unit_of_measure,
        activities.dependency_code,
        activities.reporting_group,
        activities.is_cancelled,
        activities.approved_on,
        activities.effective_from,
        activities.known_from,
        activities.is_reconstruction,
        {{ lineage_columns('activities') }}
    from months
    inner join activities
        on
            months._submission_id = activities._submission_id
            and months.activity_code = activities.activity_code
    where
        {{ is_known('activities') }}
        and activities.approved_on <= {{ cutoff() }}
)

select * from final
