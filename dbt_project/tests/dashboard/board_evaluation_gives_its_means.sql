-- In every class of period the answers of a session and question are all there, and points over answers is the mean.
with board as (
    select
        entity_code,
        session_code,
        question_code,
        period_type,
        sum(answers_qty) as answers,
        (sum(score_sum) / sum(answers_qty))::numeric(24, 12) as mean
    from {{ ref('rpt_board_evaluation') }}
    group by entity_code, session_code, question_code, period_type
),

period_types as (
    select distinct period_type from {{ ref('int_calendar_periods') }}
),

evaluation as (
    select
        answered.*,
        period_types.period_type
    from {{ ref('rpt_evaluation') }} as answered
    cross join period_types
    where answered.is_known_session and answered.answers > 0
)

select
    coalesce(board.entity_code, evaluation.entity_code) as entity_code,
    coalesce(board.session_code, evaluation.session_code) as session_code,
    coalesce(board.question_code, evaluation.question_code) as question_code
from board
full join evaluation
    on
        board.entity_code = evaluation.entity_code
        and board.session_code = evaluation.session_code
        and board.question_code = evaluation.question_code
        and board.period_type = evaluation.period_type
where
    board.answers is null
    or evaluation.answers is null
    or board.answers <> evaluation.answers
    or board.mean <> evaluation.mean
