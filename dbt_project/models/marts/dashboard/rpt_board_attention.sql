{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with plan_attention as (
    select * from {{ ref('int_plan_attention') }}
),

commitments as (
    select * from {{ ref('fct_commitment') }}
),

plans as (
    select * from {{ ref('rpt_plan_compliance') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

instance_types as (
    select * from {{ ref('instance_type') }}
),

last_cutoffs as (
    select
        entity_code,
        dependency_code,
        max(status_cutoff) as last_status_cutoff
    from commitments
    group by entity_code, dependency_code
),

past_due as (
    select
        commitments.entity_code,
        commitments.dependency_code,
        coalesce(commitments.instance_type, 'no_data') as instance_type,
        coalesce(instance_types.label, 'Sin instancia') as instance_type_name,
        coalesce(commitments.instance_name, 'sin instancia') as instance_name,
        coalesce(commitments.due_on, commitments.status_cutoff) as due_on,
        last_cutoffs.last_status_cutoff
    from commitments
    inner join last_cutoffs
        on commitments.entity_code = last_cutoffs.entity_code and commitments.dependency_code = last_cutoffs.dependency_code
    left join instance_types on commitments.instance_type = instance_types.code
    where commitments.in_charge and commitments.is_past_due
),

attention as (
    select
        entity_code,
        plan_code,
        period_code,
        dependency_code,
        attention_type,
        subject_code,
        subject,
        units_qty,
        detail
    from plan_attention
    union all
    -- What became due by the end of the period and is still open, while the office's last cut-off of commitments says so.
    select
        past_due.entity_code,
        plans.plan_code,
        plans.period_code,
        past_due.dependency_code,
        'commitment_past_due' as attention_type,
        past_due.instance_type as subject_code,
        past_due.instance_type_name as subject,
        count(*) as units_qty,
        'Abiertos con la fecha vencida al corte de compromisos del ' || to_char(max(past_due.last_status_cutoff), 'DD/MM/YYYY')
        || '; el más antiguo venció el ' || to_char(min(past_due.due_on), 'DD/MM/YYYY')
        || '. Con: ' || string_agg(distinct past_due.instance_name, ', ' order by past_due.instance_name) || '.' as detail
    from past_due
    inner join plans on past_due.entity_code = plans.entity_code
    inner join periods
        on
            plans.period_code = periods.period_code
            and past_due.due_on <= periods.period_end
            and past_due.last_status_cutoff >= periods.period_start
    group by
        past_due.entity_code, plans.plan_code, plans.period_code, past_due.dependency_code, past_due.instance_type, past_due.instance_type_name
),

final as (
    select
        attention.entity_code,
        entity_names.entity_name,
        attention.plan_code,
        plans.plan_name,
        plans.fiscal_year,
        attention.period_code,
        periods.period_name,
        periods.period_label,
        periods.period_type,
        periods.period_type_name,
        periods.period_sort,
        attention.dependency_code,
        {{ dependency_name('attention') }} as dependency_name,
        attention.attention_type,
        {{ code_name('attention_type', 'attention.attention_type') }} as attention_type_name,
        {{ code_sort('attention_type', 'attention.attention_type') }} as severity_sort,
        attention.subject_code,
        attention.subject,
        attention.units_qty,
        attention.detail,
        plans.cutoff_date
    from attention
    inner join plans
        on attention.entity_code = plans.entity_code and attention.plan_code = plans.plan_code and attention.period_code = plans.period_code
    inner join periods on attention.period_code = periods.period_code
    left join entity_names on attention.entity_code = entity_names.entity_code
    {{ join_dependency_names('attention', 'plans.cutoff_date') }}
)

select * from final
