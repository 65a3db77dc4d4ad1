with years as (
    select generate_series({{ var('calendar_first_year') }}, {{ var('calendar_last_year') }}) as fiscal_year
),

divisions (period_type, prefix, months, period_noun) as (
    values
    ('month', '-M', 1, null),
    ('quarter', '-T', 3, 'trimestre'),
    ('four_month', '-C', 4, 'cuatrimestre'),
    ('semester', '-S', 6, 'semestre'),
    ('year', '', 12, null)
),

periods as (
    select
        years.fiscal_year,
        divisions.period_type,
        divisions.prefix,
        divisions.months,
        divisions.period_noun,
        numbers.period_number,
        make_date(years.fiscal_year, (numbers.period_number - 1) * divisions.months + 1, 1) as period_start
    from years
    cross join divisions
    cross join lateral generate_series(1, 12 / divisions.months) as numbers (period_number)
),

final as (
    select
        case period_type
            when 'month' then fiscal_year || prefix || lpad(period_number::text, 2, '0')
            when 'year' then fiscal_year::text
            else fiscal_year || prefix || period_number
        end as period_code,
        period_type,
        fiscal_year,
        period_number,
        case period_type
            when 'month' then initcap({{ month_name('period_start') }}) || ' de ' || fiscal_year
            when 'year' then 'Vigencia ' || fiscal_year
            else (array['I', 'II', 'III', 'IV'])[period_number] || ' ' || period_noun || ' de ' || fiscal_year
        end as period_name,
        case period_type
            when 'month' then initcap({{ month_name('period_start') }})
            when 'year' then 'Toda la vigencia'
            else (array['I', 'II', 'III', 'IV'])[period_number] || ' ' || period_noun
        end as period_label,
        months as month_count,
        period_start,
        (period_start + make_interval(months => months))::date - 1 as period_end
    from periods
)

select * from final
