-- Every accepted response counts once: in its session, or among those whose session is blank or unknown.
with accepted as (
    select
        entity_code,
        count(distinct _response_key) as form_rows
    from {{ ref('stg_attendance_form') }}
    group by entity_code
),

counted as (
    select
        entity_code,
        sum(form_rows) as form_rows
    from (
        select
            entity_code,
            form_rows
        from {{ ref('rpt_attendance_by_session') }}
        union all
        select
            entity_code,
            form_rows
        from {{ ref('rpt_attendance_unmatched') }}
    ) as parts
    group by entity_code
)

select
    accepted.entity_code,
    accepted.form_rows,
    counted.form_rows as counted_form_rows
from accepted
full join counted on accepted.entity_code = counted.entity_code
where coalesce(accepted.form_rows, 0) <> coalesce(counted.form_rows, 0)
