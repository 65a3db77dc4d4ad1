{{ config(post_hook="{{ asof_function() }}") }}

with reports as (
    select * from {{ ref('stg_commitment') }}
),

known as (
    select *
    from reports
    where
        {{ is_known('reports') }}
        and status_cutoff <= {{ cutoff() }}
),

ordered as (
    select
        known.*,
        lag(status) over commitment_history as previous_status,
        lead(status_cutoff) over commitment_history as next_status_cutoff
    from known
    window commitment_history as (partition by entity_code, submitted_by_code, commitment_code order by status_cutoff)
),

final as (
    select
        entity_code,
        submitted_by_code as dependency_code,
        commitment_code,
        status_cutoff,
        status,
        status_on,
        previous_status,
        coalesce(previous_status <> status, true) as is_status_change,
        (next_status_cutoff is null) as is_latest,
        progress_pct,
        in_charge,
        due_on,
        acquired_on,
        instance_code,
        instance_name,
        instance_type,
        locality_code,
        description,
        responsible_entity,
        transferred_to,
        transferred_on,
        action_taken,
        evidence,
        colibri_code,
        known_from,
        is_reconstruction,
        _submission_id,
        _sheet,
        _row
    from ordered
)

select * from final
