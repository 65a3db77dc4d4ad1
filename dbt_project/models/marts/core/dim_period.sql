with periods as (
    select * from {{ ref('int_calendar_periods') }}
),

final as (
    select
        period_code,
        period_type,
        fiscal_year,
        period_number,
        period_name,
        month_count,
        period_start,
        period_end,
        case when period_type = 'month' then fiscal_year || '-T' || (period_number + 2) / 3 end as quarter_code,
        case when period_type = 'month' then fiscal_year || '-C' || (period_number + 3) / 4 end as four_month_code,
        case when period_type = 'month' then fiscal_year || '-S' || (period_number + 5) / 6 end as semester_code
    from periods
)

select * from final
