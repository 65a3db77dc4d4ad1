with submissions as (
    select * from {{ ref('stg_submission') }}
    -- A correction mends values of a report; it is not the report of its period.
    where not is_correction
),

expected as (
    select * from {{ ref('int_expected_reports') }}
),

states as (
    select * from {{ ref('stg_obligation_state') }}
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

received as (
    select * from ranked
    where recency = 1
),

-- Nothing but reports is expected before it comes: what was received was expected, and so was what the office has decided about.
keys as (
    select
        entity_code,
        dependency_code,
        kind,
        period_code
    from received
    union distinct
    select
        entity_code,
        dependency_code,
        kind,
        period_code
    from expected
    union distinct
    select
        entity_code,
        dependency_code,
        kind,
        period_code
    from states
),

final as (
    select
        keys.entity_code,
        keys.dependency_code,
        keys.kind,
        keys.period_code,
        coalesce(
            expected.fiscal_year,
            received.fiscal_year,
            case when keys.period_code ~ '^[0-9]{4}' then left(keys.period_code, 4)::integer end
        ) as fiscal_year,
        coalesce(states.obligation_state, 'expected') as obligation_state,
        -- What the office gave back is awaited again, though its first file was accepted.
        received.first_accepted_at is not null and states.obligation_state <> 'expected' as has_accepted,
        received.state,
        due_days.due_at,
        expected.is_programmed,
        coalesce(expected.is_due, due_days.due_at < now(), false) as is_due,
        received.first_received_at,
        received.first_accepted_at,
        received.received_at,
        received.first_accepted_at <= due_days.due_at as on_time,
        coalesce(received.submissions_qty, 0) as submissions_qty,
        coalesce(received.rejected_qty, 0) as rejected_qty,
        coalesce(received.rows_read, 0) as rows_read,
        coalesce(received.rows_accepted, 0) as rows_accepted,
        coalesce(received.rows_quarantined, 0) as rows_quarantined,
        coalesce(received.is_reconstruction, expected.is_reconstruction, false) as is_reconstruction,
        received.submission_id,
        states.review_action,
        states.reviewed_at,
        coalesce(states.open_observations_qty, 0) as open_observations_qty
    from keys
    left join received
        on
            keys.entity_code = received.entity_code
            and keys.dependency_code = received.dependency_code
            and keys.kind = received.kind
            and keys.period_code = received.period_code
    left join expected
        on
            keys.entity_code = expected.entity_code
            and keys.dependency_code = expected.dependency_code
            and keys.kind = expected.kind
            and keys.period_code = expected.period_code
    left join states
        on
            keys.entity_code = states.entity_code
            and keys.dependency_code = states.dependency_code
            and keys.kind = states.kind
            and keys.period_code = states.period_code
    left join due_days on keys.kind = due_days.kind and keys.period_code = due_days.period_code
)

select * from final
