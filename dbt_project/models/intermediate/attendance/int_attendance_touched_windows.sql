{{ config(materialized='view') }}

with log as (
    select distinct
        touch_number,
        entity_code,
        session_code
    from {{ ref('int_attendance_touched') }}
),

-- As every submission had it: a session that moved touches the windows it left.
sessions as (
    select distinct
        entity_code,
        session_code,
        session_on,
        plan_code,
        activity_code,
        extract(year from session_on) as fiscal_year
    from {{ ref('stg_session') }}
),

periods as (
    select * from {{ ref('int_calendar_periods') }}
    where period_type in ('month', 'year')
),

final as (
    select distinct
        log.touch_number,
        log.entity_code,
        scopes.scope,
        scopes.plan_code,
        scopes.activity_code,
        periods.period_code as window_code,
        periods.fiscal_year
    from log
    inner join sessions on log.entity_code = sessions.entity_code and log.session_code = sessions.session_code
    inner join periods
        on sessions.fiscal_year = periods.fiscal_year and sessions.session_on between periods.period_start and periods.period_end
    cross join lateral ({{ attendance_scopes('sessions') }}) as scopes (scope, plan_code, activity_code)
)

select * from final
