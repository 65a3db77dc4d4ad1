with states as (
    select * from {{ source('audit', 'obligation_state') }}
),

final as (
    select
        entity_code,
        dependency_code,
        kind,
        period_code,
        state as obligation_state,
        submission_id,
        action as review_action,
        at as reviewed_at,
        open_observations_qty
    from states
)

select * from final
