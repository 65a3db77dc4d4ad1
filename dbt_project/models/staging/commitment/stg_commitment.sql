with raw_rows as (
    select * from {{ source('raw', 'commitment') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.commitment_code,
        raw_rows.acquired_on,
        raw_rows.instance_code,
        raw_rows.instance_name,
        raw_rows.instance_type,
        raw_rows.locality_code,
        raw_rows.description,
        raw_rows.in_charge,
        raw_rows.responsible_entity,
        raw_rows.transferred_to,
        raw_rows.transferred_on,
        raw_rows.due_on,
        raw_rows.status,
        raw_rows.status_on,
        raw_rows.progress_pct,
        raw_rows.action_taken,
        raw_rows.evidence,
        raw_rows.status_cutoff,
        raw_rows.colibri_code,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
