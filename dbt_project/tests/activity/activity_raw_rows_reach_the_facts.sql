-- Every accepted row known now is in a fact, or has given way to a row of the same activity and month received later.
with known as (
    select * from {{ ref('stg_execution_report') }}
    where known_to = 'infinity'
),

facts as (
    select
        _submission_id,
        _sheet,
        _row,
        executed_qty
    from {{ ref('fct_activity_execution') }}
    union all
    select
        _submission_id,
        _sheet,
        _row,
        executed_qty
    from {{ ref('fct_carried_over_execution') }}
),

traced as (
    select
        known._submission_id,
        facts._row as fact_row,
        count(facts._row) over same_cell as copies_in_facts,
        (facts.executed_qty is distinct from known.executed_qty) as is_changed
    from known
    full join facts
        on
            known._submission_id = facts._submission_id
            and known._sheet = facts._sheet
            and known._row = facts._row
    window same_cell as (
        partition by known.entity_code, known.plan_code, known.fiscal_year, known.activity_code, known.month, known.carried_over_from
    )
)

select * from traced
where
    _submission_id is null
    or copies_in_facts <> 1
    or (fact_row is not null and is_changed)
