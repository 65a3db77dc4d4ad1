with registry as (
    select * from {{ ref('stg_dependency_registry') }}
),

final as (
    select
        entity_code,
        entity_name,
        entity_order,
        sector,
        nit,
        dependency_code,
        dependency_name,
        parent_dependency_code,
        array_to_string(former_names, '; ') as former_names,
        is_planning_office,
        reports_plan,
        valid_from,
        valid_to,
        -- Exactly one name for every date: the first reaches back, the last goes on.
        case
            when row_number() over names = 1 then '-infinity'::date
            else valid_from
        end as applies_from,
        coalesce(lead(valid_from) over names - 1, 'infinity'::date) as applies_to,
        known_from,
        known_to,
        {{ lineage_columns('registry') }}
    from registry
    window names as (partition by _submission_id, entity_code, dependency_code order by valid_from)
)

select * from final
