with calendar as (
    select * from {{ ref('dim_period') }}
),

final as (
    select
        months.period_code as month_code,
        months.period_start as month,
        periods.period_code,
        periods.period_type,
        periods.period_type_name,
        periods.period_name,
        periods.period_label,
        periods.period_sort,
        periods.fiscal_year,
        periods.period_start,
        periods.period_end
    from calendar as months
    inner join calendar as periods
        on
            months.fiscal_year = periods.fiscal_year
            and months.period_start between periods.period_start and periods.period_end
    where
        months.period_type = 'month'
        and periods.period_type <> 'biennium'
)

select * from final
