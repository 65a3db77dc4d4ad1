with obligations as (
    select * from {{ ref('int_obligations') }}
),

judged as (
    select
        obligations.*,
        case
            when has_accepted and on_time then 'on_time'
            when has_accepted and not on_time then 'late'
            when has_accepted then 'received'
            when obligation_state = 'waived' then 'waived'
            when submission_id is not null then 'returned'
            when is_due then 'missing'
            else 'upcoming'
        end as delivery_state
    from obligations
),

final as (
    select
        entity_code,
        dependency_code,
        kind,
        period_code,
        fiscal_year,
        obligation_state,
        delivery_state,
        state,
        is_programmed,
        due_at,
        is_due,
        delivery_state in ('missing', 'returned') and is_due as is_overdue,
        first_received_at,
        first_accepted_at,
        received_at,
        on_time,
        case
            when not on_time
                then (first_accepted_at at time zone 'America/Bogota')::date - (due_at at time zone 'America/Bogota')::date
        end as days_late,
        (delivery_state not in ('waived', 'upcoming'))::integer as expected_qty,
        (delivery_state in ('on_time', 'late', 'received', 'returned'))::integer as received_qty,
        (delivery_state in ('on_time', 'late', 'received'))::integer as accepted_qty,
        (delivery_state not in ('waived', 'upcoming') and due_at is not null)::integer as with_due_qty,
        (delivery_state = 'on_time')::integer as on_time_qty,
        (delivery_state = 'late')::integer as late_qty,
        (delivery_state = 'returned')::integer as returned_qty,
        (delivery_state = 'missing')::integer as missing_qty,
        review_action,
        reviewed_at,
        open_observations_qty,
        submissions_qty,
        rejected_qty,
        rows_read,
        rows_accepted,
        rows_quarantined,
        is_reconstruction,
        submission_id
    from judged
)

select * from final
