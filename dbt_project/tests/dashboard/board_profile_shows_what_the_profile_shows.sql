-- Cell by cell the published profile, hidden where it is hidden: a board adds no other sum of its cells.
with board as (
    select * from {{ ref('rpt_board_profile') }}
),

profile as (
    select * from {{ ref('rpt_attendance_profile') }}
    where scope <> 'session'
)

select
    coalesce(board.entity_code, profile.entity_code) as entity_code,
    coalesce(board.window_code, profile.period_code) as window_code,
    coalesce(board.dimension, profile.dimension) as dimension,
    coalesce(board.category, profile.category) as category
from board
full join profile
    on
        board.entity_code = profile.entity_code
        and board.scope = profile.scope
        and board.plan_code = profile.plan_code
        and board.activity_code = profile.activity_code
        and board.window_code = profile.period_code
        and board.dimension = profile.dimension
        and board.category = profile.category
where
    board.category is null
    or profile.category is null
    or board.suppressed <> profile.suppressed
    or coalesce(board.attendances, -1) <> coalesce(profile.attendances, -1)
    or coalesce(board.pct, -1) <> coalesce(profile.pct, -1)
    or board.base <> profile.base
    or coalesce(profile.attendances::text, '<{{ suppression_k() }}') <> replace(board.attendances_text, '.', '')
