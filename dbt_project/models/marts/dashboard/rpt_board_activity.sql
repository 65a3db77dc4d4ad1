{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with compliance as (
    select * from {{ ref('rpt_activity_compliance') }}
),

early as (
    select * from {{ ref('fct_early_execution') }}
),

{{ entity_names() }},

{{ periods() }},

early_months as (
    select
        early.entity_code,
        early.plan_code,
        early.fiscal_year,
        early.activity_code,
        early.period_code,
        string_agg({{ month_name('early.month') }} || ' (' || early.early_qty || ')', ', ' order by early.month) as early_from
    from early
    group by early.entity_code, early.plan_code, early.fiscal_year, early.activity_code, early.period_code
),

final as (
    select
        compliance.entity_code,
        entity_names.entity_name,
        compliance.plan_code,
        compliance.plan_name,
        compliance.fiscal_year,
        compliance.period_code,
        periods.period_name,
        periods.period_label,
        compliance.period_type,
        periods.period_type_name,
        periods.period_sort,
        compliance.dependency_code,
        compliance.dependency_name,
        compliance.reporting_group,
        compliance.activity_code,
        compliance.activity_name,
        compliance.pillar,
        compliance.unit_of_measure,
        compliance.cutoff_date,
        compliance.reported_through,
        compliance.plan_version,
        compliance.is_approved,
        compliance.status,
        {{ code_name('activity_status', 'compliance.status') }} as status_name,
        {{ code_sort('activity_status', 'compliance.status') }} as status_sort,
        compliance.is_in_plan,
        -- 1 where the plan counts the activity, as activities_total does: the sum is the number of activities.
        (compliance.is_in_plan or compliance.status = 'cancelled')::integer as activities_qty,
        compliance.programmed_qty,
        compliance.executed_qty,
        compliance.programmed_to_date_qty,
        compliance.executed_to_date_qty,
        compliance.capped_executed_qty,
        compliance.annual_qty,
        compliance.shortfall_qty,
        compliance.carried_over_qty,
        compliance.rescheduled_qty,
        compliance.justified_qty,
        compliance.unjustified_qty,
        compliance.over_execution_qty,
        compliance.early_qty,
        early_months.early_from,
        compliance.surplus_over_year_qty,
        compliance.carried_in_executed_qty,
        compliance.carried_in_executed_to_date_qty,
        compliance.original_programmed_qty,
        compliance.original_programmed_to_date_qty,
        compliance.original_annual_qty,
        previous.period_code as previous_period_code,
        previous_periods.period_name as previous_period_name,
        previous.programmed_qty as previous_programmed_qty,
        previous.executed_qty as previous_executed_qty,
        previous.programmed_to_date_qty as previous_programmed_to_date_qty,
        previous.executed_to_date_qty as previous_executed_to_date_qty,
        previous.annual_qty as previous_annual_qty,
        compliance.unreported_months,
        compliance.unreported_month_codes,
        compliance.has_quarantined_rows,
        compliance.is_incomplete
    from compliance
    inner join periods on compliance.period_code = periods.period_code
    left join entity_names on compliance.entity_code = entity_names.entity_code
    -- Within the year alone: a code names another activity in another year's plan. Boards compare years by rpt_board_measure.
    left join compliance as previous
        on
            compliance.entity_code = previous.entity_code
            and compliance.plan_code = previous.plan_code
            and compliance.fiscal_year = previous.fiscal_year
            and compliance.activity_code = previous.activity_code
            and periods.previous_period_code = previous.period_code
    left join periods as previous_periods on previous.period_code = previous_periods.period_code
    left join early_months
        on
            compliance.entity_code = early_months.entity_code
            and compliance.plan_code = early_months.plan_code
            and compliance.fiscal_year = early_months.fiscal_year
            and compliance.activity_code = early_months.activity_code
            and compliance.period_code = early_months.period_code
)

select * from final
