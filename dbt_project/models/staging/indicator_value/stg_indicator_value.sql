with raw_rows as (
    select * from {{ source('raw', 'indicator_value') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.indicator_code,
        raw_rows.indicator_name,
        raw_rows.pillar,
        raw_rows.unit,
        raw_rows.scale_min,
        raw_rows.scale_max,
        coalesce(raw_rows.direction, 'up_is_better') as direction,
        raw_rows.measured_period,
        raw_rows.value_role,
        raw_rows.value,
        raw_rows._missing ->> 'value' as missing_kind,
        raw_rows.source,
        raw_rows.note,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }}
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
