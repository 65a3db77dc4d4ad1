with raw_rows as (
    select * from {{ source('raw', 'session') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.session_code,
        raw_rows.title,
        raw_rows.space_name,
        raw_rows.space_type,
        raw_rows.plan_code,
        raw_rows.activity_code,
        raw_rows.instance_code,
        raw_rows.instance_name,
        raw_rows.instance_type,
        raw_rows.session_on,
        raw_rows.start_time,
        raw_rows.duration_hours,
        raw_rows.session_status,
        raw_rows.modality,
        raw_rows.venue,
        raw_rows.channel_url,
        raw_rows.locality_code,
        raw_rows.topic,
        raw_rows.minutes_url,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
