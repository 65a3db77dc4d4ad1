{{ config(post_hook="{{ asof_function(parents=['fct_commitment_status']) }}") }}

with reports as (
    select * from {{ ref('fct_commitment_status') }}
),

months as (
    select * from {{ ref('int_calendar_periods') }}
    where period_type = 'month'
),

first_reports as (
    select
        entity_code,
        dependency_code,
        commitment_code,
        min(status_cutoff) as first_status_cutoff
    from reports
    group by entity_code, dependency_code, commitment_code
),

latest as (
    select
        reports.*,
        status in ('registered', 'in_progress', 'partially_fulfilled', 'overdue', 'rescheduled') as is_open
    from reports
    where is_latest
),

final as (
    select
        latest.entity_code,
        latest.dependency_code,
        latest.commitment_code,
        latest.description,
        latest.acquired_on,
        months.period_code as acquired_period_code,
        latest.instance_code,
        latest.instance_name,
        latest.instance_type,
        latest.locality_code,
        latest.in_charge,
        latest.responsible_entity,
        latest.transferred_to,
        latest.transferred_on,
        latest.due_on,
        latest.status,
        latest.status_on,
        latest.progress_pct,
        latest.action_taken,
        latest.evidence,
        latest.colibri_code,
        first_reports.first_status_cutoff,
        latest.status_cutoff,
        latest.is_open,
        latest.is_open and (latest.status = 'overdue' or coalesce(latest.due_on < latest.status_cutoff, false)) as is_past_due,
        case when latest.is_open then latest.status_cutoff - latest.acquired_on end as open_days,
        latest.known_from,
        latest.is_reconstruction,
        latest._submission_id,
        latest._sheet,
        latest._row
    from latest
    inner join first_reports
        on
            latest.entity_code = first_reports.entity_code
            and latest.dependency_code = first_reports.dependency_code
            and latest.commitment_code = first_reports.commitment_code
    left join months
        on extract(year from latest.acquired_on) = months.fiscal_year and latest.acquired_on between months.period_start and months.period_end
)

select * from final
