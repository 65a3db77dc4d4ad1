with raw_rows as (
    select * from {{ source('raw', 'self_assessment') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.policy,
        raw_rows.component,
        raw_rows.category,
        raw_rows.activity,
        raw_rows.measured_year::integer as measured_year,
        raw_rows.score,
        raw_rows.assessed_on,
        raw_rows.observation,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
