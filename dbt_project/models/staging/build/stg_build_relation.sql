with relations as (
    select * from {{ source('audit', 'build_relation') }}
),

final as (
    select
        build_id,
        relation,
        row_count as rows_qty,
        seconds,
        finished_at
    from relations
)

select * from final
