with raw_rows as (
    select * from {{ source('raw', 'accountability_schedule') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.activity_number,
        raw_rows.stage,
        raw_rows.activity_name,
        raw_rows.target_description,
        raw_rows.target_rule,
        raw_rows.minimum_qty,
        raw_rows.strategy_minimum_qty,
        raw_rows.evidence_description,
        raw_rows.responsible,
        raw_rows.done_evidence,
        raw_rows.note,
        raw_rows.quarter_1_planned_qty,
        raw_rows.quarter_2_planned_qty,
        raw_rows.quarter_3_planned_qty,
        raw_rows.quarter_4_planned_qty,
        raw_rows.quarter_1_done_qty,
        raw_rows.quarter_2_done_qty,
        raw_rows.quarter_3_done_qty,
        raw_rows.quarter_4_done_qty,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
