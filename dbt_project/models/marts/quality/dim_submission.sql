with submissions as (
    select * from {{ ref('stg_submission') }}
),

final as (
    select
        submission_id as _submission_id,
        entity_code,
        dependency_code,
        kind,
        period_code,
        file_name,
        sha256,
        state,
        received_at,
        known_to = 'infinity' as is_current,
        rows_read,
        rows_accepted,
        rows_quarantined,
        rows_already_known,
        is_reconstruction
    from submissions
)

select * from final
