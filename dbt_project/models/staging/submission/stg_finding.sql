with findings as (
    select * from {{ source('audit', 'finding') }}
),

final as (
    select
        submission_id,
        rule,
        severity,
        scope,
        sheet,
        row_number
    from findings
)

select * from final
