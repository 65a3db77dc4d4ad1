{{ config(post_hook="{{ asof_function() }}") }}

with reports as (
    select * from {{ ref('int_execution_reports') }}
),

ranked as (
    select
        {{ lineage_columns('reports') }},
        row_number() over latest as recency,
        lead(executed_qty) over latest as replaced_executed_qty
    from reports
    where
        {{ is_known('reports') }}
        and month_end <= {{ cutoff() }}
    window latest as (
        partition by entity_code, plan_code, fiscal_year, activity_code, month, carried_over_from
        order by known_from desc, _submission_id desc, _row desc
    )
),

final as (
    select
        reports.entity_code,
        reports.plan_code,
        reports.fiscal_year,
        reports.activity_code,
        reports.month,
        reports.month_end,
        reports.carried_over_from,
        reports.activity_name,
        reports.dependency_code,
        reports.executed_qty,
        reports.rescheduled_qty,
        reports.rescheduled_to,
        reports.carried_over_qty,
        reports.justified_qty,
        reports.justification,
        reports.execution_dates,
        reports.description,
        reports.difficulties,
        reports.evidence,
        reports.evidence_on,
        reports.is_correction,
        case when reports.is_correction then ranked.replaced_executed_qty end as replaced_executed_qty,
        reports.corrected_by,
        reports.correction_reason,
        reports.known_from,
        reports.is_reconstruction,
        {{ lineage_columns('reports') }}
    from ranked
    inner join reports
        on
            ranked._submission_id = reports._submission_id
            and ranked._sheet = reports._sheet
            and ranked._row = reports._row
    where ranked.recency = 1
)

select * from final
