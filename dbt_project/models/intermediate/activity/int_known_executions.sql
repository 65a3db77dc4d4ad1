{{ config(post_hook="{{ asof_function() }}") }}

with reports as (
    select * from {{ ref('int_execution_reports') }}
),

ranked as (
    select
        *,
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
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        month,
        month_end,
        carried_over_from,
        activity_name,
        dependency_code,
        executed_qty,
        rescheduled_qty,
        rescheduled_to,
        carried_over_qty,
        justified_qty,
        justification,
        execution_dates,
        description,
        difficulties,
        evidence,
        evidence_on,
        is_correction,
        case when is_correction then replaced_executed_qty end as replaced_executed_qty,
        corrected_by,
        correction_reason,
        known_from,
        is_reconstruction,
        {{ lineage_columns('ranked') }}
    from ranked
    where recency = 1
)

select * from final
