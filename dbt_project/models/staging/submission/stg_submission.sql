with submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submission_id,
        kind,
        contract_version,
        entity_code,
        dependency_code,
        period_code,
        fiscal_year,
        submission_key,
        file_name,
        sha256,
        state,
        {{ is_accepted() }} as is_accepted,
        kind = 'execution_report' and accumulates as is_correction,
        received_at,
        ingested_at,
        is_reconstruction,
        known_from,
        known_to,
        superseded_by,
        rows_read,
        rows_accepted,
        rows_quarantined,
        rows_already_known
    from submissions
)

select * from final
