with raw_rows as (
    select * from {{ source('raw', 'period_closing') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.plan_code,
        raw_rows.month,
        raw_rows.action,
        raw_rows.decided_on,
        raw_rows.decided_by,
        raw_rows.reason,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
