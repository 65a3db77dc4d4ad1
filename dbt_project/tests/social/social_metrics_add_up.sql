-- What the report shows of a session or space is the sum of its posts, or nothing where they do not add up.
with shown as (
    select
        entity_code,
        sum(value_qty) as qty
    from {{ ref('fct_social_metric') }}
    where is_shown
    group by entity_code
),

reported as (
    select
        entity_code,
        sum(value_qty) as qty,
        bool_and(is_additive) as is_additive
    from {{ ref('rpt_social_metric') }}
    group by entity_code
)

select
    shown.entity_code,
    shown.qty,
    reported.qty as reported_qty
from shown
full join reported on shown.entity_code = reported.entity_code
where coalesce(reported.is_additive, true) and coalesce(shown.qty, 0) <> coalesce(reported.qty, 0)
