-- Every window is shown with its own persons: a month in the five periods that contain it, a year in every period of it.
with board as (
    select
        entity_code,
        scope,
        plan_code,
        activity_code,
        window_code,
        count(*) as periods_qty,
        min(distinct_persons) as least_persons,
        max(distinct_persons) as most_persons,
        min(attendances) as least_attendances,
        max(attendances) as most_attendances
    from {{ ref('rpt_board_participants') }}
    group by entity_code, scope, plan_code, activity_code, window_code
),

participants as (
    select * from {{ ref('rpt_participants_by_month') }}
),

year_periods as (
    select
        fiscal_year,
        count(*) as periods_qty
    from {{ ref('int_calendar_periods') }}
    group by fiscal_year
)

select
    coalesce(board.entity_code, participants.entity_code) as entity_code,
    coalesce(board.activity_code, participants.activity_code) as activity_code,
    coalesce(board.window_code, participants.window_code) as window_code
from board
full join participants
    on
        board.entity_code = participants.entity_code
        and board.scope = participants.scope
        and board.plan_code = participants.plan_code
        and board.activity_code = participants.activity_code
        and board.window_code = participants.window_code
left join year_periods on participants.fiscal_year = year_periods.fiscal_year
where
    board.window_code is null
    or participants.window_code is null
    or board.periods_qty <> case participants.window_type when 'month' then 5 else year_periods.periods_qty end
    or board.least_persons <> participants.distinct_persons
    or board.most_persons <> participants.distinct_persons
    or board.least_attendances <> participants.attendances
    or board.most_attendances <> participants.attendances
