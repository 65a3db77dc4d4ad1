with raw_rows as (
    select * from {{ source('raw', 'dependency_registry') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.entity_name,
        raw_rows.entity_order,
        raw_rows.sector,
        raw_rows.nit,
        raw_rows.dependency_code,
        raw_rows.dependency_name,
        raw_rows.parent_dependency_code,
        raw_rows.former_names,
        raw_rows.valid_from,
        raw_rows.valid_to,
        raw_rows.is_planning_office,
        raw_rows.reports_plan,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
