with raw_rows as (
    select * from {{ source('raw', 'evaluation_form') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.submitted_at,
        raw_rows.session_code,
        raw_rows.rating_organization,
        raw_rows.rating_clarity,
        raw_rows.rating_relevance,
        raw_rows.rating_participation,
        raw_rows.would_return,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }},
        raw_rows._response_key
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
