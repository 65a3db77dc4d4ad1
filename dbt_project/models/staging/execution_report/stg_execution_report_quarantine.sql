with quarantined as (
    select * from {{ source('audit', 'quarantine') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        nullif(trim(quarantined."values" ->> 'plan_code'), '') as plan_code,
        nullif(trim(quarantined."values" ->> 'activity_code'), '') as activity_code,
        {{ submission_columns() }},
        quarantined.submission_id as _submission_id,
        quarantined.sheet as _sheet,
        quarantined.row_number as _row
    from quarantined
    inner join submissions on quarantined.submission_id = submissions.submission_id
    where
        submissions.kind = 'execution_report'
        and {{ is_accepted() }}
)

select * from final
