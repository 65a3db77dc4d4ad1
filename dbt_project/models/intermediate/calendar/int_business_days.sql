{{ config(indexes=[{'columns': ['day_on']}, {'columns': ['business_days']}]) }}

with holidays as (
    select * from {{ ref('stg_holiday') }}
),

days as (
    select generate_series(
        make_date({{ var('calendar_first_year') }}, 1, 1),
        make_date({{ var('calendar_last_year') }}, 12, 31),
        interval '1 day'
    )::date as day_on
),

marked as (
    select
        days.day_on,
        extract(isodow from days.day_on) < 6 and holidays.holiday_on is null as is_business_day,
        count(holidays.holiday_on) over (partition by extract(year from days.day_on)) as holidays_of_year
    from days
    left join holidays on days.day_on = holidays.holiday_on
),

final as (
    select
        day_on,
        is_business_day,
        holidays_of_year,
        count(*) filter (where is_business_day) over (order by day_on) as business_days
    from marked
)

select * from final
