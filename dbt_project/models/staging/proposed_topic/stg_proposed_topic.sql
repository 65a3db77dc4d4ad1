with raw_rows as (
    select * from {{ source('raw', 'proposed_topic') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.call_name,
        raw_rows.wording,
        {{ topic_spelling('raw_rows.wording') }} as spelling_key,
        raw_rows.topic_code,
        raw_rows.proposed_on,
        raw_rows.proposed_in,
        raw_rows.is_included,
        raw_rows.included_in,
        raw_rows.session_code,
        raw_rows.reason_not_included,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
