with calendar as (
    select * from {{ ref('dim_period') }}
),

containing as (
    select
        calendar.period_code as month_code,
        calendar.period_start as month,
        periods.period_code
    from calendar
    cross join lateral (
        values
        (calendar.period_code),
        (calendar.quarter_code),
        (calendar.four_month_code),
        (calendar.semester_code),
        (calendar.fiscal_year::text)
    ) as periods (period_code)
    where calendar.period_type = 'month'
),

final as (
    select
        containing.month_code,
        containing.month,
        calendar.period_code,
        calendar.period_type,
        calendar.period_type_name,
        calendar.period_name,
        calendar.period_sort,
        calendar.fiscal_year,
        calendar.period_start,
        calendar.period_end
    from containing
    inner join calendar on containing.period_code = calendar.period_code
)

select * from final
