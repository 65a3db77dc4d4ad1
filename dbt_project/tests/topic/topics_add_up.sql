-- Every proposal counts in its call.
with proposals as (
    select
        entity_code,
        count(*) as qty
    from {{ ref('fct_proposed_topic') }}
    group by entity_code
),

reported as (
    select
        entity_code,
        sum(proposed_qty) as qty
    from {{ ref('rpt_proposed_topics') }}
    group by entity_code
)

select
    proposals.entity_code,
    proposals.qty,
    reported.qty as reported_qty
from proposals
full join reported on proposals.entity_code = reported.entity_code
where coalesce(proposals.qty, 0) <> coalesce(reported.qty, 0)
