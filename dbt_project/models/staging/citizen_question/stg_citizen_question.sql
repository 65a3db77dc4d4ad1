with raw_rows as (
    select * from {{ source('raw', 'citizen_question') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.question_code,
        raw_rows.session_code,
        raw_rows.received_on,
        raw_rows.received_time,
        raw_rows.channel,
        raw_rows.question_type,
        raw_rows.topic,
        raw_rows.assigned_to,
        raw_rows.answered_live,
        raw_rows.answered_in_writing_on,
        raw_rows.transferred_to,
        raw_rows.transferred_on,
        raw_rows.published_url,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
