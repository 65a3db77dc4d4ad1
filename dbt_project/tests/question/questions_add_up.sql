-- Every question counts in one row of the report.
with questions as (
    select
        entity_code,
        count(*) as qty
    from {{ ref('fct_citizen_question') }}
    group by entity_code
),

reported as (
    select
        entity_code,
        sum(received_qty) as qty
    from {{ ref('rpt_citizen_questions') }}
    group by entity_code
)

select
    questions.entity_code,
    questions.qty,
    reported.qty as reported_qty
from questions
full join reported on questions.entity_code = reported.entity_code
where coalesce(questions.qty, 0) <> coalesce(reported.qty, 0)
