with raw_rows as (
    select * from {{ source('raw', 'plan_change_request') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.request_code,
        raw_rows.plan_code,
        raw_rows.activity_code,
        raw_rows.change_type,
        raw_rows.month_from,
        raw_rows.month_to,
        raw_rows.change_qty,
        raw_rows.carried_to_year,
        raw_rows.requested_on,
        raw_rows.justification,
        raw_rows.request_status,
        raw_rows.decided_on,
        raw_rows.target_version,
        raw_rows.support,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
