with localities as (
    select * from {{ ref('locality') }}
),

final as (
    select
        code as locality_code,
        label as locality_name,
        sort_order,
        valid_from,
        valid_to
    from localities
)

select * from final
