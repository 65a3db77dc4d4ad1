with raw_rows as (
    select * from {{ source('raw', 'social_metric') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.post_code,
        raw_rows.metric,
        raw_rows.source,
        raw_rows.captured_on,
        raw_rows.value_qty,
        raw_rows.session_code,
        raw_rows.space_name,
        raw_rows.platform,
        raw_rows.post_url,
        raw_rows.published_on,
        raw_rows.metric_definition,
        raw_rows.evidence,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
