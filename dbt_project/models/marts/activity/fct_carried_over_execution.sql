{{ config(post_hook="{{ asof_function(parents=['int_known_executions']) }}") }}

with executions as (
    select * from {{ ref('int_known_executions') }}
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        month,
        carried_over_from,
        activity_name,
        dependency_code,
        executed_qty,
        execution_dates,
        description,
        difficulties,
        evidence,
        evidence_on,
        is_correction,
        replaced_executed_qty,
        corrected_by,
        correction_reason,
        known_from,
        is_reconstruction,
        {{ lineage_columns('executions') }}
    from executions
    where carried_over_from is not null
)

select * from final
