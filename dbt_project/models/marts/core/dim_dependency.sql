with names as (
    select * from {{ ref('int_dependency_names') }} as dependency_names
    where {{ is_known('dependency_names') }}
),

final as (
    select
        entity_code,
        dependency_code,
        valid_from,
        least(valid_to, nullif(applies_to, 'infinity')) as valid_to,
        applies_to = 'infinity' as is_current,
        dependency_name,
        parent_dependency_code,
        former_names,
        is_planning_office,
        reports_plan,
        {{ lineage_columns('names') }}
    from names
)

select * from final
