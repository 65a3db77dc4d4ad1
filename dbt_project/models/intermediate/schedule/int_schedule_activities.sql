{{ config(post_hook="{{ asof_function() }}") }}

with activities as (
    select * from {{ ref('stg_accountability_schedule') }}
),

deliveries as (
    -- Each delivery has the whole schedule: the last one of the year stands for all.
    select distinct on (entity_code, fiscal_year)
        entity_code,
        fiscal_year,
        _submission_id
    from activities
    where {{ is_known('activities') }}
    order by entity_code asc, fiscal_year asc, known_from desc, _submission_id desc
),

final as (
    select
        activities.entity_code,
        activities.fiscal_year,
        activities.activity_number,
        activities.stage,
        activities.activity_name,
        activities.target_description,
        activities.target_rule,
        activities.minimum_qty,
        activities.strategy_minimum_qty,
        activities.evidence_description,
        activities.responsible,
        activities.done_evidence,
        activities.note,
        activities.quarter_1_planned_qty,
        activities.quarter_2_planned_qty,
        activities.quarter_3_planned_qty,
        activities.quarter_4_planned_qty,
        activities.quarter_1_done_qty,
        activities.quarter_2_done_qty,
        activities.quarter_3_done_qty,
        activities.quarter_4_done_qty,
        activities.known_from,
        activities.is_reconstruction,
        row_number() over (
            partition by activities.entity_code, activities.fiscal_year
            order by activities._sheet, activities._row
        )::integer as activity_order,
        {{ lineage_columns('activities') }}
    from activities
    inner join deliveries
        on activities._submission_id = deliveries._submission_id
    where {{ is_known('activities') }}
)

select * from final
