{# CTE `due_days`: when a file of each kind and period is due: the contract's business day after the period, in Colombia. Kinds without
   a due day have no row, nor has a period whose due day is beyond the business calendar. #}
{% macro due_days() -%}
due_days as (
    select
        kinds.kind,
        periods.period_code,
        due.day_on as due_on,
        -- The last instant of the day in Bogotá, so that `received_at <= due_at` is on time.
        (due.day_on + 1)::timestamp at time zone 'America/Bogota' - interval '1 microsecond' as due_at
    from {{ ref('stg_contract_kind') }} as kinds
    cross join {{ ref('dim_period') }} as periods
    inner join {{ ref('int_business_days') }} as ends on periods.period_end = ends.day_on
    inner join {{ ref('int_business_days') }} as due
        on ends.business_days + kinds.due_business_day = due.business_days and due.is_business_day
)
{%- endmacro %}
