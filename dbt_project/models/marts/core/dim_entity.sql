with names as (
    select * from {{ ref('int_dependency_names') }} as dependency_names
    where {{ is_known('dependency_names') }}
),

final as (
    select distinct on (entity_code)
        entity_code,
        entity_name,
        entity_order,
        sector,
        nit
    from names
    order by entity_code asc, valid_from desc, dependency_code asc
)

select * from final
