with raw_rows as (
    select * from {{ source('raw', 'execution_report') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.plan_code,
        raw_rows.activity_code,
        raw_rows.activity_name,
        raw_rows.month,
        raw_rows.executed_qty,
        raw_rows.rescheduled_qty,
        raw_rows.rescheduled_to,
        raw_rows.carried_over_qty,
        raw_rows.justified_qty,
        raw_rows.justification,
        raw_rows.carried_over_from,
        raw_rows.execution_dates,
        raw_rows.description,
        raw_rows.difficulties,
        raw_rows.evidence,
        raw_rows.evidence_on,
        raw_rows.on_behalf_of,
        raw_rows.corrected_by,
        raw_rows.correction_reason,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
