{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with changes as (
    select * from {{ ref('rpt_plan_changes') }}
),

activities as (
    select * from {{ ref('dim_activity') }}
),

plans as (
    select * from {{ ref('rpt_plan_compliance') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

final as (
    select
        changes.entity_code,
        entity_names.entity_name,
        changes.plan_code,
        plans.plan_name,
        changes.fiscal_year,
        plans.period_code,
        periods.period_name,
        periods.period_label,
        periods.period_type,
        periods.period_type_name,
        periods.period_sort,
        activities.dependency_code,
        {{ dependency_name('activities') }} as dependency_name,
        changes.activity_code,
        activities.activity_name,
        changes.plan_version,
        changes.previous_version,
        changes.changed_attribute,
        {{ code_name('changed_attribute', 'changes.changed_attribute') }} as changed_attribute_name,
        changes.month,
        {{ month_name('changes.month') }} as month_name,
        changes.previous_value,
        changes.new_value,
        case
            when changes.changed_attribute = 'programmed_qty'
                then
                    'Programado de ' || {{ month_name('changes.month') }}
                    || ': de ' || coalesce(changes.previous_value, '0') || ' a ' || coalesce(changes.new_value, '0')
            when changes.changed_attribute = 'activity' and changes.previous_value is null then 'Entra al plan'
            when changes.changed_attribute = 'activity' then 'Sale del plan'
            when changes.changed_attribute = 'is_cancelled' and changes.new_value = 'true' then 'Se cancela'
            when changes.changed_attribute = 'is_cancelled' then 'Deja de estar cancelada'
            else
                {{ code_name('changed_attribute', 'changes.changed_attribute') }}
                || ': de «' || coalesce(changes.previous_value, '') || '» a «' || coalesce(changes.new_value, '') || '»'
        end as change_text,
        changes.difference_qty,
        changes.approved_on,
        changes.effective_from,
        changes.approved_on between periods.period_start and periods.period_end as is_of_period,
        changes.is_justified,
        case when changes.is_justified then 'Con solicitud aprobada' else 'Sin solicitud que lo cubra' end as is_justified_name,
        changes.is_retroactive,
        changes.request_codes,
        plans.cutoff_date
    from changes
    -- In every period whose version in force already has the change.
    inner join plans
        on
            changes.entity_code = plans.entity_code
            and changes.plan_code = plans.plan_code
            and changes.fiscal_year = plans.fiscal_year
            and changes.plan_version <= plans.plan_version
    inner join periods on plans.period_code = periods.period_code
    inner join activities
        on
            changes.entity_code = activities.entity_code
            and changes.plan_code = activities.plan_code
            and changes.fiscal_year = activities.fiscal_year
            and changes.activity_code = activities.activity_code
    left join entity_names on changes.entity_code = entity_names.entity_code
    {{ join_dependency_names('activities', 'plans.cutoff_date') }}
)

select * from final
