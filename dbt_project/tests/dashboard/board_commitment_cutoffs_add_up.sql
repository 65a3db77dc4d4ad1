-- What was reported is the history itself, and at the last cut-off of an entity stands every commitment it ever reported.
with board as (
    select * from {{ ref('rpt_board_commitment_status') }}
    where period_type = 'year'
),

last_cutoffs as (
    select
        entity_code,
        max(status_cutoff) as status_cutoff
    from board
    group by entity_code
),

shown as (
    select
        board.entity_code,
        board.status,
        sum(board.reported_qty) as reported_qty,
        coalesce(sum(board.standing_qty) filter (where board.status_cutoff = last_cutoffs.status_cutoff), 0) as standing_qty
    from board
    inner join last_cutoffs on board.entity_code = last_cutoffs.entity_code
    group by board.entity_code, board.status
),

expected as (
    select
        entity_code,
        status,
        count(*) as reported_qty,
        count(*) filter (where is_latest) as standing_qty
    from {{ ref('fct_commitment_status') }}
    group by entity_code, status
)

select
    coalesce(shown.entity_code, expected.entity_code) as entity_code,
    coalesce(shown.status, expected.status) as status
from shown
full join expected on shown.entity_code = expected.entity_code and shown.status = expected.status
where
    coalesce(shown.reported_qty, -1) <> coalesce(expected.reported_qty, -1)
    or coalesce(shown.standing_qty, -1) <> coalesce(expected.standing_qty, -1)
