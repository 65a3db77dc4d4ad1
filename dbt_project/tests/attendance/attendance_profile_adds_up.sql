-- Where nothing is hidden the categories add up to the base, and a session's base is its attendances.
with units as (
    select
        scope,
        entity_code,
        plan_code,
        activity_code,
        session_code,
        period_code,
        dimension,
        min(base) as base,
        sum(attendances) as attendances,
        bool_or(suppressed) as is_suppressed
    from {{ ref('rpt_attendance_profile') }}
    group by scope, entity_code, plan_code, activity_code, session_code, period_code, dimension
),

sessions as (
    select * from {{ ref('rpt_attendance_by_session') }}
)

select
    units.scope,
    units.entity_code,
    units.session_code,
    units.period_code,
    units.dimension
from units
left join sessions on units.entity_code = sessions.entity_code and units.session_code = sessions.session_code
where
    (not units.is_suppressed and units.attendances <> units.base)
    or (units.scope = 'session' and units.base <> coalesce(sessions.attendances, -1))
