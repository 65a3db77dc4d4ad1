-- What a version programmes is the sum of its months, as its own total says and as the facts hold it.
with plans as (
    select
        _submission_id,
        plan_version,
        activity_code,
        annual_qty
    from {{ ref('stg_activity_plan') }}
    where known_to = 'infinity'
),

facts as (
    select
        _submission_id,
        activity_code,
        count(*) as months,
        coalesce(sum(programmed_qty), 0) as programmed_qty
    from {{ ref('fct_activity_programme') }}
    group by _submission_id, activity_code
)

select
    coalesce(plans._submission_id, facts._submission_id) as _submission_id,
    coalesce(plans.activity_code, facts.activity_code) as activity_code,
    plans.annual_qty,
    facts.programmed_qty,
    facts.months
from plans
full join facts
    on
        plans._submission_id = facts._submission_id
        and plans.activity_code = facts.activity_code
where
    plans.activity_code is null
    or facts.months is distinct from 12
    or plans.annual_qty <> facts.programmed_qty
