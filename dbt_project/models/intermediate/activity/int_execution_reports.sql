with reports as (
    select * from {{ ref('stg_execution_report') }}
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        activity_name,
        month,
        (month + interval '1 month')::date - 1 as month_end,
        carried_over_from,
        -- A correction speaks for the dependency that it corrects.
        coalesce(on_behalf_of, submitted_by_code) as dependency_code,
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
        on_behalf_of is not null or correction_reason is not null as is_correction,
        corrected_by,
        correction_reason,
        known_from,
        known_to,
        is_reconstruction,
        {{ lineage_columns('reports') }}
    from reports
)

select * from final
