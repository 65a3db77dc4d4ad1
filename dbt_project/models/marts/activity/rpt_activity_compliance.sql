{{ config(
    post_hook="{{ asof_function(parents=['int_plan_cutoffs', 'int_cutoff_activities', 'int_activity_totals']) }}"
) }}

with cutoffs as (
    select * from {{ ref('int_plan_cutoffs') }}
),

activities as (
    select * from {{ ref('int_cutoff_activities') }}
),

totals as (
    select * from {{ ref('int_activity_totals') }}
),

dependency_names as (
    select * from {{ ref('int_dependency_names') }}
),

explained as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        period_code,
        period_programmed_qty,
        programmed_qty,
        executed_qty,
        annual_qty,
        programmed_to_date_qty,
        executed_to_date_qty,
        surplus_qty,
        carried_in_executed_qty,
        carried_in_executed_to_date_qty,
        unreported_months,
        unreported_month_codes,
        has_quarantined_rows,
        original_programmed_qty,
        original_programmed_to_date_qty,
        original_annual_qty,
        case when executed_to_date_qty is not null then least(executed_to_date_qty, programmed_to_date_qty) end as capped_executed_qty,
        greatest(-surplus_qty, 0) as shortfall_qty,
        greatest(least(-surplus_qty, declared_carried_over_qty), 0) as carried_over_qty,
        greatest(least(-surplus_qty - declared_carried_over_qty, declared_rescheduled_qty), 0) as rescheduled_qty,
        greatest(least(-surplus_qty - declared_carried_over_qty - declared_rescheduled_qty, declared_justified_qty), 0) as justified_qty,
        greatest(surplus_qty, 0) as over_execution_qty,
        greatest(least(surplus_qty, annual_qty - programmed_to_date_qty), 0) as early_qty
    from totals
),

final as (
    select
        explained.entity_code,
        explained.plan_code,
        explained.fiscal_year,
        explained.activity_code,
        explained.period_code,
        cutoffs.period_type,
        cutoffs.plan_name,
        activities.activity_name,
        activities.task_name,
        activities.product_name,
        activities.pillar,
        activities.unit_of_measure,
        activities.target_rule,
        activities.dependency_code,
        coalesce(dependency_names.dependency_name, activities.dependency_code) as dependency_name,
        -- Reports rank a strategy or team beside the dependencies: what has no group of its own stands under its dependency.
        coalesce(activities.reporting_group, dependency_names.dependency_name, activities.dependency_code) as reporting_group,
        cutoffs.cutoff_date,
        cutoffs.reported_through,
        least({{ known_at() }}, now()) as known_at,
        cutoffs.plan_version::bigint as plan_version,
        cutoffs.plan_approved_on,
        explained.period_programmed_qty,
        explained.programmed_qty,
        explained.executed_qty,
        explained.annual_qty,
        explained.programmed_to_date_qty,
        explained.executed_to_date_qty,
        explained.capped_executed_qty,
        {{ compliance_percents() }},
        explained.annual_qty - explained.executed_to_date_qty as pending_qty,
        explained.shortfall_qty,
        explained.carried_over_qty,
        explained.rescheduled_qty,
        explained.justified_qty,
        explained.shortfall_qty - explained.carried_over_qty - explained.rescheduled_qty - explained.justified_qty as unjustified_qty,
        explained.over_execution_qty,
        explained.early_qty,
        explained.over_execution_qty - explained.early_qty as surplus_over_year_qty,
        explained.carried_in_executed_qty,
        explained.carried_in_executed_to_date_qty,
        case
            when activities.is_cancelled then 'cancelled'
            when explained.programmed_to_date_qty = 0 then 'not_programmed_yet'
            when explained.surplus_qty > 0 then 'over'
            when explained.surplus_qty = 0 then 'on_target'
            when explained.carried_over_qty = explained.shortfall_qty then 'carried_over'
            when explained.rescheduled_qty = explained.shortfall_qty then 'rescheduled'
            when explained.carried_over_qty + explained.rescheduled_qty + explained.justified_qty < explained.shortfall_qty
                then 'behind_unjustified'
            else 'behind_justified'
        end as status,
        explained.unreported_months,
        explained.unreported_month_codes,
        explained.has_quarantined_rows,
        explained.has_quarantined_rows or explained.unreported_months > 0 as is_incomplete,
        cutoffs.is_approved,
        activities.is_in_plan,
        explained.original_programmed_qty,
        explained.original_programmed_to_date_qty,
        explained.original_annual_qty,
        {{ original_percents() }}
    from explained
    inner join activities
        on
            explained.entity_code = activities.entity_code
            and explained.plan_code = activities.plan_code
            and explained.fiscal_year = activities.fiscal_year
            and explained.period_code = activities.period_code
            and explained.activity_code = activities.activity_code
    inner join cutoffs
        on
            explained.entity_code = cutoffs.entity_code
            and explained.plan_code = cutoffs.plan_code
            and explained.fiscal_year = cutoffs.fiscal_year
            and explained.period_code = cutoffs.period_code
    left join dependency_names
        on
            activities.entity_code = dependency_names.entity_code
            and activities.dependency_code = dependency_names.dependency_code
            and cutoffs.cutoff_date between dependency_names.applies_from and dependency_names.applies_to
            and {{ is_known('dependency_names') }}
)

select * from final
