{{ config(post_hook="{{ asof_function(parents=['int_schedule_activities']) }}") }}

with activities as (
    select * from {{ ref('int_schedule_activities') }}
),

final as (
    select
        activities.entity_code,
        activities.fiscal_year,
        activities.activity_number,
        quarters.quarter_number,
        activities.fiscal_year || '-T' || quarters.quarter_number as period_code,
        (make_date(activities.fiscal_year, quarters.quarter_number * 3, 1) + interval '1 month')::date - 1 as period_end,
        activities.activity_name,
        activities.stage,
        activities.minimum_qty,
        quarters.planned_qty,
        -- What was done after the cut-off is not known to it, even if the file says so.
        case
            when (make_date(activities.fiscal_year, quarters.quarter_number * 3, 1) + interval '1 month')::date - 1 <= {{ cutoff() }}
                then quarters.done_qty
        end as done_qty,
        activities.done_evidence,
        activities.known_from,
        activities.is_reconstruction,
        {{ lineage_columns('activities') }}
    from activities
    cross join lateral (
        values
        (1, activities.quarter_1_planned_qty, activities.quarter_1_done_qty),
        (2, activities.quarter_2_planned_qty, activities.quarter_2_done_qty),
        (3, activities.quarter_3_planned_qty, activities.quarter_3_done_qty),
        (4, activities.quarter_4_planned_qty, activities.quarter_4_done_qty)
    ) as quarters (quarter_number, planned_qty, done_qty)
)

select * from final
