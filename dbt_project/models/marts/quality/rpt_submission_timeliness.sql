with submissions as (
    select * from {{ ref('stg_submission') }}
    -- A correction mends values of a report; it is not the report of its period.
    where not is_correction
),

due_days as (
    select * from {{ ref('int_due_days') }}
),

ranked as (
    select
        submissions.*,
        row_number() over latest_first as recency,
        count(*) over (partition by entity_code, dependency_code, kind, period_code) as submissions_qty,
        count(*) filter (where not is_accepted) over (partition by entity_code, dependency_code, kind, period_code) as rejected_qty,
        min(received_at) over (partition by entity_code, dependency_code, kind, period_code) as first_received_at,
        min(received_at) filter (where is_accepted) over (partition by entity_code, dependency_code, kind, period_code) as first_accepted_at
    from submissions
    window latest_first as (
        partition by entity_code, dependency_code, kind, period_code
        order by is_accepted desc, received_at desc, submission_id desc
    )
),

final as (
    select
        ranked.entity_code,
        ranked.dependency_code,
        ranked.kind,
        ranked.period_code,
        ranked.fiscal_year,
        ranked.state,
        due_days.due_at,
        ranked.first_received_at,
        ranked.first_accepted_at,
        ranked.received_at,
        ranked.first_accepted_at <= due_days.due_at as on_time,
        ranked.submissions_qty,
        ranked.rejected_qty,
        ranked.rows_read,
        ranked.rows_accepted,
        ranked.rows_quarantined,
        ranked.is_reconstruction,
        ranked.submission_id
    from ranked
    left join due_days on ranked.kind = due_days.kind and ranked.period_code = due_days.period_code
    where ranked.recency = 1
)

select * from final
