-- Every commitment of the last cut-offs counts in one month.
with commitments as (
    select
        entity_code,
        dependency_code,
        count(*) as qty
    from {{ ref('fct_commitment') }}
    group by entity_code, dependency_code
),

months as (
    select
        entity_code,
        dependency_code,
        sum(collected_qty) as qty
    from {{ ref('rpt_commitments_by_month') }}
    group by entity_code, dependency_code
)

select
    commitments.entity_code,
    commitments.dependency_code,
    months.qty
from commitments
full join months on commitments.entity_code = months.entity_code and commitments.dependency_code = months.dependency_code
where coalesce(commitments.qty, 0) <> coalesce(months.qty, 0)
