{{ config(pre_hook="analyze {{ ref('int_business_days') }}", post_hook="analyze {{ this }}") }}

with kinds as (
    select * from {{ ref('stg_contract_kind') }}
    where due_business_day is not null
),

periods as (
    select * from {{ ref('int_calendar_periods') }}
),

days as (
    select * from {{ ref('int_business_days') }}
),

final as (
    select
        kinds.kind,
        periods.period_code,
        due.day_on as due_on,
        -- The last instant of the day in Bogotá, so that `received_at <= due_at` is on time.
        (due.day_on + 1)::timestamp at time zone 'America/Bogota' - interval '1 microsecond' as due_at
    from kinds
    cross join periods
    inner join days as ends on periods.period_end = ends.day_on
    inner join days as due on ends.business_days + kinds.due_business_day = due.business_days
    where due.is_business_day
)

select * from final
