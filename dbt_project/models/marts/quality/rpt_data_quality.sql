with findings as (
    select * from {{ ref('stg_finding') }}
),

submissions as (
    select * from {{ ref('stg_submission') }}
),

-- A row may break one rule in several cells; what is wrong with the whole file or sheet has no row.
failed as (
    select
        submission_id,
        rule,
        severity,
        count(distinct sheet || '!' || row_number) as failed_rows,
        count(*) as findings_qty
    from findings
    group by submission_id, rule, severity
),

final as (
    select
        failed.submission_id,
        submissions.entity_code,
        submissions.dependency_code,
        submissions.kind,
        submissions.period_code,
        submissions.state,
        submissions.received_at,
        failed.rule,
        failed.severity,
        submissions.rows_read,
        submissions.rows_accepted,
        submissions.rows_quarantined,
        failed.failed_rows,
        failed.findings_qty,
        {{ pct('failed.failed_rows', 'submissions.rows_read') }} as failed_pct,
        submissions.is_reconstruction
    from failed
    inner join submissions on failed.submission_id = submissions.submission_id
)

select * from final
