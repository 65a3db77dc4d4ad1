with joins as (
    select * from {{ source('audit', 'response_join') }}
),

final as (
    select
        join_id,
        kind,
        entity_code,
        joined_at
    from joins
)

select * from final
