with raw_rows as (
    select * from {{ source('raw', 'activity_plan') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.plan_code,
        raw_rows.plan_name,
        raw_rows.plan_version,
        raw_rows.approved_on,
        raw_rows.effective_from,
        raw_rows.activity_code,
        raw_rows.activity_name,
        raw_rows.task_name,
        raw_rows.product_name,
        raw_rows.pillar,
        raw_rows.unit_of_measure,
        raw_rows.target_rule,
        raw_rows.target_description,
        raw_rows.dependency_code,
        raw_rows.reporting_group,
        raw_rows.is_cancelled,
        raw_rows.month_01_qty,
        raw_rows.month_02_qty,
        raw_rows.month_03_qty,
        raw_rows.month_04_qty,
        raw_rows.month_05_qty,
        raw_rows.month_06_qty,
        raw_rows.month_07_qty,
        raw_rows.month_08_qty,
        raw_rows.month_09_qty,
        raw_rows.month_10_qty,
        raw_rows.month_11_qty,
        raw_rows.month_12_qty,
        raw_rows.annual_qty,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
