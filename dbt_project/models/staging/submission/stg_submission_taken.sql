with events as (
    select * from {{ source('audit', 'submission_event') }}
    where state = 'received'
),

final as (
    select
        submission_id,
        min(at) as taken_at
    from events
    group by submission_id
)

select * from final
