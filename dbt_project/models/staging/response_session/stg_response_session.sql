with decisions as (
    select * from {{ source('audit', 'response_session') }}
),

final as (
    select
        decision_id,
        join_id,
        kind,
        entity_code,
        response_key,
        written_code,
        session_code,
        method,
        is_first,
        -- What the queue says of a response that has no session, in one word.
        case
            when method = 'waiting' then reason
            when method = 'settled' and session_code is null then 'no_session'
        end as waiting_reason,
        known_from,
        known_to
    from decisions
)

select * from final
