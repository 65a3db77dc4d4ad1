{{ config(post_hook="{{ asof_function(parents=['fct_commitment']) }}") }}

with commitments as (
    select * from {{ ref('fct_commitment') }}
),

counted as (
    select
        entity_code,
        dependency_code,
        coalesce(instance_type, 'no_data') as instance_type,
        acquired_period_code as period_code,
        count(*) as collected_qty,
        count(*) filter (where in_charge) as in_charge_qty,
        count(*) filter (where not in_charge) as not_in_charge_qty,
        {% for status in commitment_statuses() %}
            count(*) filter (where in_charge and status = '{{ status }}') as {{ status }}_qty,
        {% endfor %}
        count(*) filter (where in_charge and is_open) as open_qty,
        count(*) filter (where in_charge and is_past_due) as past_due_qty,
        sum(open_days) filter (where in_charge and is_open) as open_days_sum,
        max(open_days) filter (where in_charge and is_open) as open_days_max,
        max(status_cutoff) as status_cutoff,
        min(status_cutoff) as oldest_status_cutoff,
        bool_or(is_reconstruction) as is_reconstruction
    from commitments
    group by entity_code, dependency_code, coalesce(instance_type, 'no_data'), acquired_period_code
),

final as (
    select
        entity_code,
        dependency_code,
        instance_type,
        period_code,
        status_cutoff as cutoff_date,
        status_cutoff,
        oldest_status_cutoff,
        oldest_status_cutoff < status_cutoff as is_mixed_cutoff,
        collected_qty,
        in_charge_qty,
        not_in_charge_qty,
        {{ pct('in_charge_qty', 'collected_qty') }} as in_charge_pct,
        {% for status in commitment_statuses() %}
            {{ status }}_qty,
        {% endfor %}
        in_charge_qty as fulfilment_base_qty,
        {{ pct('fulfilled_qty', 'in_charge_qty') }} as fulfilment_pct,
        open_qty,
        past_due_qty,
        (open_days_sum::numeric / nullif(open_qty, 0))::numeric(24, 12) as open_days_mean,
        open_days_max,
        is_reconstruction
    from counted
)

select * from final
