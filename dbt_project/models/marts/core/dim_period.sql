with periods as (
    select * from {{ ref('int_calendar_periods') }}
),

final as (
    select
        period_code,
        period_type,
        {{ code_name('period_type', 'period_type') }} as period_type_name,
        fiscal_year,
        period_number,
        period_name,
        period_label,
        -- Within a year the longer periods come first: 2021, S1, S2, C1, C2, C3, T1 ... M12.
        fiscal_year * 1000 + {{ code_sort('period_type', 'period_type') }} * 100 + period_number as period_sort,
        month_count,
        period_start,
        period_end,
        lag(period_code) over (partition by period_type order by period_start) as previous_period_code,
        case when period_type = 'month' then fiscal_year || '-T' || (period_number + 2) / 3 end as quarter_code,
        case when period_type = 'month' then fiscal_year || '-C' || (period_number + 3) / 4 end as four_month_code,
        case when period_type = 'month' then fiscal_year || '-S' || (period_number + 5) / 6 end as semester_code
    from periods
)

select * from final
