-- Form rows and attendances of the sessions add up to every window; distinct persons never exceed what the sessions add up to.
with sessions as (
    select
        sessions.entity_code,
        windows.scope,
        windows.plan_code,
        windows.activity_code,
        windows.window_code,
        sum(sessions.form_rows) as form_rows,
        sum(sessions.attendances) as attendances,
        sum(sessions.distinct_persons) as distinct_persons
    from {{ ref('rpt_attendance_by_session') }} as sessions
    cross join
        lateral (
            values
            ('activity', coalesce(sessions.plan_code, 'none'), coalesce(sessions.activity_code, 'none'), sessions.period_code),
            ('activity', coalesce(sessions.plan_code, 'none'), coalesce(sessions.activity_code, 'none'), sessions.fiscal_year::text),
            ('entity', 'all', 'all', sessions.period_code),
            ('entity', 'all', 'all', sessions.fiscal_year::text)
        ) as windows (scope, plan_code, activity_code, window_code)
    group by sessions.entity_code, windows.scope, windows.plan_code, windows.activity_code, windows.window_code
),

participants as (
    select * from {{ ref('rpt_participants_by_month') }}
)

select
    coalesce(sessions.entity_code, participants.entity_code) as entity_code,
    coalesce(sessions.activity_code, participants.activity_code) as activity_code,
    coalesce(sessions.window_code, participants.window_code) as window_code
from sessions
full join participants
    on
        sessions.entity_code = participants.entity_code
        and sessions.scope = participants.scope
        and sessions.plan_code = participants.plan_code
        and sessions.activity_code = participants.activity_code
        and sessions.window_code = participants.window_code
where
    coalesce(sessions.form_rows, -1) <> coalesce(participants.form_rows, -1)
    or coalesce(sessions.attendances, -1) <> coalesce(participants.attendances, -1)
    or participants.distinct_persons > sessions.distinct_persons
