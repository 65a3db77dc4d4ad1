-- Every session stands once in each class of period, with the attendances of rpt_attendance_by_session or none.
with sessions as (
    select
        sessions.entity_code,
        sessions.session_code,
        attendance.attendances,
        attendance.distinct_persons
    from {{ ref('dim_session') }} as sessions
    left join {{ ref('rpt_attendance_by_session') }} as attendance
        on sessions.entity_code = attendance.entity_code and sessions.session_code = attendance.session_code
),

period_types as (
    select distinct period_type from {{ ref('int_calendar_periods') }}
),

expected as (
    select
        sessions.*,
        period_types.period_type
    from sessions
    cross join period_types
),

board as (
    select * from {{ ref('rpt_board_session') }}
)

select
    coalesce(board.entity_code, expected.entity_code) as entity_code,
    coalesce(board.session_code, expected.session_code) as session_code,
    coalesce(board.period_type, expected.period_type) as period_type
from board
full join expected
    on
        board.entity_code = expected.entity_code
        and board.session_code = expected.session_code
        and board.period_type = expected.period_type
where
    board.session_code is null
    or expected.session_code is null
    or coalesce(board.attendances, -1) <> coalesce(expected.attendances, -1)
    or coalesce(board.distinct_persons, -1) <> coalesce(expected.distinct_persons, -1)
