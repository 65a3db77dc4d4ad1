-- In every class of period the board has the commitments of rpt_commitments_by_month, each measure of them.
with months as (
    select
        entity_code,
        dependency_code,
        period_code,
        sum(collected_qty) as commitments_qty,
        sum(in_charge_qty) as in_charge_qty,
        sum(not_in_charge_qty) as not_in_charge_qty,
        sum(fulfilled_qty) as fulfilled_qty,
        sum(open_qty) as open_qty,
        sum(past_due_qty) as past_due_qty,
        coalesce(round(sum(open_days_mean * open_qty)), 0) as open_days_sum
    from {{ ref('rpt_commitments_by_month') }}
    group by entity_code, dependency_code, period_code
),

period_types as (
    select distinct period_type from {{ ref('int_calendar_periods') }}
),

expected as (
    select
        months.*,
        period_types.period_type
    from months
    cross join period_types
),

board as (
    select
        entity_code,
        dependency_code,
        acquired_period_code,
        period_type,
        sum(commitments_qty) as commitments_qty,
        sum(in_charge_qty) as in_charge_qty,
        sum(not_in_charge_qty) as not_in_charge_qty,
        sum(fulfilled_qty) as fulfilled_qty,
        sum(open_qty) as open_qty,
        sum(past_due_qty) as past_due_qty,
        sum(open_days_sum) as open_days_sum
    from {{ ref('rpt_board_commitment') }}
    group by entity_code, dependency_code, acquired_period_code, period_type
)

select
    coalesce(board.entity_code, expected.entity_code) as entity_code,
    coalesce(board.dependency_code, expected.dependency_code) as dependency_code,
    coalesce(board.acquired_period_code, expected.period_code) as acquired_period_code
from board
full join expected
    on
        board.entity_code = expected.entity_code
        and board.dependency_code = expected.dependency_code
        and board.acquired_period_code = expected.period_code
        and board.period_type = expected.period_type
where
    board.commitments_qty is null
    or expected.commitments_qty is null
    or (
        board.commitments_qty,
        board.in_charge_qty,
        board.not_in_charge_qty,
        board.fulfilled_qty,
        board.open_qty,
        board.past_due_qty,
        board.open_days_sum
    ) <> (
        expected.commitments_qty,
        expected.in_charge_qty,
        expected.not_in_charge_qty,
        expected.fulfilled_qty,
        expected.open_qty,
        expected.past_due_qty,
        expected.open_days_sum
    )
