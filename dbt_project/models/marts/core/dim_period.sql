with calendar as (
    select * from {{ ref('int_calendar_periods') }}
),

biennia as (
    -- Indicators are measured over two years; plans never are, so the calendar of their months does not have them.
    select
        first_years.fiscal_year || '-' || last_years.fiscal_year as period_code,
        'biennium' as period_type,
        first_years.fiscal_year,
        1 as period_number,
        'Bienio ' || first_years.fiscal_year || '-' || last_years.fiscal_year as period_name,
        'Bienio ' || first_years.fiscal_year || '-' || last_years.fiscal_year as period_label,
        24 as month_count,
        first_years.period_start,
        last_years.period_end
    from calendar as first_years
    inner join calendar as last_years
        on
            first_years.fiscal_year + 1 = last_years.fiscal_year
            and last_years.period_type = 'year'
    where first_years.period_type = 'year'
),

periods as (
    select
        period_code,
        period_type,
        fiscal_year,
        period_number,
        period_name,
        period_label,
        month_count,
        period_start,
        period_end
    from calendar
    union all
    select * from biennia
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
        -- Within a year the longer periods come first: 2021, S1, S2, C1, C2, C3, T1 ... M12; two years beginning in it, last.
        fiscal_year * 1000 + {{ code_sort('period_type', 'period_type') }} * 100 + period_number as period_sort,
        month_count,
        period_start,
        period_end,
        -- Two biennia overlap by a year: the one before began two years earlier.
        lag(period_code, case period_type when 'biennium' then 2 else 1 end) over (
            partition by period_type order by period_start
        ) as previous_period_code,
        case when period_type = 'month' then fiscal_year || '-T' || (period_number + 2) / 3 end as quarter_code,
        case when period_type = 'month' then fiscal_year || '-C' || (period_number + 3) / 4 end as four_month_code,
        case when period_type = 'month' then fiscal_year || '-S' || (period_number + 5) / 6 end as semester_code
    from periods
)

select * from final
