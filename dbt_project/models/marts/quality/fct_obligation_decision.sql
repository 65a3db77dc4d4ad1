with decisions as (
    select * from {{ ref('stg_obligation_event') }}
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
        decided_at,
        actor,
        reason,
        submission_id
    from decisions
)

select * from final
