with raw_rows as (
    select * from {{ source('raw', 'attendance_count') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.session_code,
        raw_rows.sex,
        raw_rows.age_band,
        raw_rows.people_qty,
        raw_rows.counting_method,
        raw_rows.evidence,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
