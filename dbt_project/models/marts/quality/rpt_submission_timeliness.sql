with submissions as (
    select * from {{ ref('stg_submission') }}
),

-- Exports of forms have no due day: they come when they come.
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
        entity_code,
        dependency_code,
        kind,
        period_code,
        fiscal_year,
        state,
        null::timestamptz as due_at,
        first_received_at,
        first_accepted_at,
        received_at,
        null::boolean as on_time,
        submissions_qty,
        rejected_qty,
        rows_read,
        rows_accepted,
        rows_quarantined,
        is_reconstruction,
        submission_id
    from ranked
    where recency = 1
)

select * from final
