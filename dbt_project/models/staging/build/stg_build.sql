with builds as (
    select * from {{ source('audit', 'build') }}
),

failures as (
    select * from {{ source('audit', 'build_failure') }}
),

final as (
    select
        build_id,
        started_at,
        finished_at,
        full_refresh,
        true as is_done
    from builds
    union all
    select
        null as build_id,
        started_at,
        finished_at,
        full_refresh,
        false as is_done
    from failures
)

select * from final
