-- What is known now, for the lookups of the contracts: one row per key, so that a join never multiplies the rows of a batch.
drop view if exists audit.ref_dependency, audit.ref_activity, audit.ref_programme, audit.ref_session, audit.ref_attended_session;

create view audit.ref_dependency as
select distinct on (s.entity_code, r.dependency_code)
    s.entity_code,
    r.dependency_code,
    r.dependency_name,
    r.parent_dependency_code,
    r.valid_from,
    r.valid_to,
    r.is_planning_office,
    r.reports_plan
from raw.dependency_registry as r
inner join audit.submission as s on r._submission_id = s.submission_id
where s.known_to = 'infinity'
order by s.entity_code, r.dependency_code, r.valid_from desc;

-- The last version that has the activity: a month before an amendment may still be reported under what it removed.
create view audit.ref_activity as
select distinct on (s.entity_code, r.plan_code, r.fiscal_year, r.activity_code)
    s.entity_code,
    r.plan_code,
    r.fiscal_year,
    r.activity_code,
    r.plan_version,
    r.dependency_code,
    r.unit_of_measure,
    r.is_cancelled
from raw.activity_plan as r
inner join audit.submission as s on r._submission_id = s.submission_id
where s.known_to = 'infinity'
order by s.entity_code, r.plan_code, r.fiscal_year, r.activity_code, r.plan_version desc;

create view audit.ref_programme as
select
    v.entity_code,
    v.plan_code,
    v.fiscal_year,
    v.activity_code,
    make_date(v.fiscal_year::integer, m.number, 1) as month,
    m.programmed_qty
from (
    select distinct on (s.entity_code, r.plan_code, r.fiscal_year, r.activity_code)
        s.entity_code,
        r.*
    from raw.activity_plan as r
    inner join audit.submission as s on r._submission_id = s.submission_id
    where s.known_to = 'infinity'
    order by s.entity_code, r.plan_code, r.fiscal_year, r.activity_code, r.plan_version desc
) as v
cross join lateral (
    values
    (1, v.month_01_qty), (2, v.month_02_qty), (3, v.month_03_qty), (4, v.month_04_qty),
    (5, v.month_05_qty), (6, v.month_06_qty), (7, v.month_07_qty), (8, v.month_08_qty),
    (9, v.month_09_qty), (10, v.month_10_qty), (11, v.month_11_qty), (12, v.month_12_qty)
) as m (number, programmed_qty)
where m.programmed_qty is not null;

create view audit.ref_session as
select distinct on (s.entity_code, r.session_code)
    s.entity_code,
    r.session_code,
    r.plan_code,
    r.activity_code,
    r.session_on,
    r.modality,
    r.session_status
from raw.session as r
inner join audit.submission as s on r._submission_id = s.submission_id
where s.known_to = 'infinity'
order by s.entity_code, r.session_code, s.received_at desc;

create view audit.ref_attended_session as
select distinct
    s.entity_code,
    r.session_code
from raw.attendance_form as r
inner join audit.submission as s on r._submission_id = s.submission_id
where s.known_to = 'infinity' and r.session_code is not null;
