-- Every accepted value known now is in the fact, or has given way to the same value received later; none comes twice.
with known as (
    select
        entity_code,
        indicator_code,
        measured_period,
        value_role,
        count(*) as copies
    from {{ ref('stg_indicator_value') }}
    where known_to = 'infinity'
    group by entity_code, indicator_code, measured_period, value_role
),

facts as (
    select * from {{ ref('fct_indicator_value') }}
)

select
    coalesce(known.entity_code, facts.entity_code) as entity_code,
    coalesce(known.indicator_code, facts.indicator_code) as indicator_code,
    coalesce(known.measured_period, facts.period_code) as period_code
from known
full join facts
    on
        known.entity_code = facts.entity_code
        and known.indicator_code = facts.indicator_code
        and known.measured_period = facts.period_code
        and known.value_role = facts.value_role
where known.copies is null or facts.entity_code is null
