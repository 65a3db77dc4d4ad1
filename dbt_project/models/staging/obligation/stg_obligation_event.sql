with events as (
    select * from {{ source('audit', 'obligation_event') }}
),

final as (
    select
        obligation_event_id,
        entity_code,
        dependency_code,
        kind,
        period_code,
        action,
        state_before,
        state_after,
        at as decided_at,
        actor,
        reason,
        submission_id
    from events
)

select * from final
