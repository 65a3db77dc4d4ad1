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

-- Months of a plan that the planning office has closed and not reopened, nor any month before them (the cut-off of the figures is the last one).
create or replace view audit.closed_month as
with decisions as (
    select distinct on (s.entity_code, r.plan_code, r.month)
        s.entity_code,
        r.plan_code,
        r.month,
        r.action
    from raw.period_closing as r
    inner join audit.submission as s on r._submission_id = s.submission_id
    where s.known_to = 'infinity'
    order by s.entity_code, r.plan_code, r.month, s.known_from desc, r.decided_on desc, s.submission_id desc, r._row desc
),

bounded as (
    select
        decisions.*,
        min(month) filter (where action = 'reopen') over (partition by entity_code, plan_code, extract(year from month)) as first_reopened
    from decisions
)

select
    entity_code,
    plan_code,
    month
from bounded
where action = 'close' and month < coalesce(first_reopened, 'infinity');
comment on view audit.closed_month is 'Meses cerrados de cada plan: los que la oficina de planeación cerró, hasta el primero que tenga reabierto.';

-- Where each obligation stands now. Python and dbt read it here; an obligation without files and decisions is `expected` and has no row.
-- Replaced, never dropped: the models look at it. Columns are only added at its end.
create or replace view audit.obligation_state as
with files as (
    select
        entity_code,
        dependency_code,
        kind,
        period_code,
        max(submission_id) as submission_id
    from audit.submission
    where
        state in ('accepted', 'accepted_with_observations', 'superseded')
        -- A correction mends values of a report; it is not the report of its period.
        and not (kind = 'execution_report' and accumulates)
    group by entity_code, dependency_code, kind, period_code
),

decisions as (
    select distinct on (entity_code, dependency_code, kind, period_code)
        *
    from audit.obligation_event
    order by entity_code, dependency_code, kind, period_code, obligation_event_id desc
),

joined as (
    select
        entity_code,
        dependency_code,
        kind,
        period_code,
        files.submission_id,
        decisions.obligation_event_id,
        decisions.action,
        decisions.actor,
        decisions.reason,
        decisions.at,
        coalesce(files.submission_id > coalesce(decisions.submission_id, 0), false) as has_new_file,
        case
            when period_code ~ '^[0-9]{4}$' then make_date(period_code::integer, 12, 1)
            when period_code ~ '^[0-9]{4}-[MTCS][0-9]{1,2}$' then make_date(
                left(period_code, 4)::integer,
                substr(period_code, 7)::integer * case substr(period_code, 6, 1) when 'M' then 1 when 'T' then 3 when 'C' then 4 else 6 end,
                1
            )
        end as last_month
    from files
    full join decisions using (entity_code, dependency_code, kind, period_code)
),

closed as (
    select * from audit.closed_month
),

plans as (
    select distinct
        s.entity_code,
        r.dependency_code,
        r.fiscal_year,
        r.plan_code
    from raw.activity_plan as r
    inner join audit.submission as s on r._submission_id = s.submission_id
    where s.known_to = 'infinity'
),

marked as (
    select
        joined.*,
        -- Closed for the dependency: a plan of its entity closed the month, and every plan with activities of its own did.
        exists (select from closed where closed.entity_code = joined.entity_code and closed.month = joined.last_month)
        and not exists (
            select
            from plans
            where
                plans.entity_code = joined.entity_code
                and plans.dependency_code = joined.dependency_code
                and plans.fiscal_year = extract(year from joined.last_month)
                and not exists (
                    select
                    from closed
                    where closed.entity_code = plans.entity_code and closed.plan_code = plans.plan_code and closed.month = joined.last_month
                )
        ) as is_closed
    from joined
)

select
    entity_code,
    dependency_code,
    kind,
    period_code,
    case
        when has_new_file then 'received'
        when action = 'approve' then case when is_closed then 'frozen' else 'approved' end
        when action = 'waive' then 'waived'
        when action = 'reopen' then 'reopened'
        else 'expected'
    end as state,
    submission_id,
    obligation_event_id,
    action,
    actor,
    reason,
    at,
    -- Only the last decision's are open: with the next one the office has looked again.
    (
        select count(*)
        from audit.observation
        where observation.obligation_event_id = marked.obligation_event_id
    ) as open_observations_qty
from marked;
comment on view audit.obligation_state is
'Estado de cada obligación: recibida, aprobada, congelada, eximida, reabierta o esperada de nuevo; sin fila, esperada. Una sola declaración.';
