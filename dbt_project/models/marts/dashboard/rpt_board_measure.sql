{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with plans as (
    select * from {{ ref('rpt_plan_compliance') }}
),

dependencies as (
    select * from {{ ref('rpt_dependency_compliance') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

measured as (
    select
        dependencies.entity_code,
        dependencies.plan_code,
        dependencies.dependency_code,
        dependencies.period_code,
        measures.measure,
        measures.numerator_qty,
        measures.denominator_qty,
        measures.original_numerator_qty,
        measures.original_denominator_qty
    from dependencies
    inner join plans
        on
            dependencies.entity_code = plans.entity_code
            and dependencies.plan_code = plans.plan_code
            and dependencies.fiscal_year = plans.fiscal_year
            and dependencies.period_code = plans.period_code
    cross join lateral (
        values
        ('execution', dependencies.executed_qty, dependencies.programmed_qty, dependencies.executed_qty, dependencies.original_programmed_qty),
        (
            'compliance', dependencies.executed_to_date_qty, dependencies.programmed_to_date_qty,
            dependencies.executed_to_date_qty, dependencies.original_programmed_to_date_qty
        ),
        (
            'progress', dependencies.executed_to_date_qty, dependencies.annual_qty,
            dependencies.executed_to_date_qty, dependencies.original_annual_qty
        ),
        -- What nobody reported is not executed for the sums of the plan, nor here: else the plan's figure would not be the sum.
        (
            'pending',
            case when plans.executed_to_date_qty is not null then dependencies.annual_qty - coalesce(dependencies.executed_to_date_qty, 0) end,
            dependencies.annual_qty,
            case
                when plans.executed_to_date_qty is not null then dependencies.original_annual_qty - coalesce(dependencies.executed_to_date_qty, 0)
            end,
            dependencies.original_annual_qty
        ),
        ('compliance_capped', dependencies.capped_executed_qty, dependencies.programmed_to_date_qty, null, null)
    ) as measures (measure, numerator_qty, denominator_qty, original_numerator_qty, original_denominator_qty)
),

-- The figures of a period stand again as those of the one before in the period that follows it: a dependency that left the plan
-- between the two still counts in the earlier sum.
placed as (
    select
        measured.*,
        null::bigint as previous_numerator_qty,
        null::bigint as previous_denominator_qty
    from measured
    union all
    select
        measured.entity_code,
        measured.plan_code,
        measured.dependency_code,
        periods.period_code,
        measured.measure,
        null as numerator_qty,
        null as denominator_qty,
        null as original_numerator_qty,
        null as original_denominator_qty,
        measured.numerator_qty as previous_numerator_qty,
        measured.denominator_qty as previous_denominator_qty
    from measured
    inner join periods on measured.period_code = periods.previous_period_code
),

sums as (
    select
        entity_code,
        plan_code,
        dependency_code,
        period_code,
        measure,
        sum(numerator_qty)::bigint as numerator_qty,
        sum(denominator_qty)::bigint as denominator_qty,
        sum(previous_numerator_qty)::bigint as previous_numerator_qty,
        sum(previous_denominator_qty)::bigint as previous_denominator_qty,
        sum(original_numerator_qty)::bigint as original_numerator_qty,
        sum(original_denominator_qty)::bigint as original_denominator_qty
    from placed
    group by entity_code, plan_code, dependency_code, period_code, measure
),

final as (
    select
        sums.entity_code,
        entity_names.entity_name,
        sums.plan_code,
        plans.plan_name,
        plans.fiscal_year,
        sums.period_code,
        periods.period_name,
        periods.period_label,
        periods.period_type,
        periods.period_type_name,
        periods.period_sort,
        periods.previous_period_code,
        previous_periods.period_name as previous_period_name,
        sums.dependency_code,
        {{ dependency_name('sums') }} as dependency_name,
        sums.measure,
        {{ code_name('measure', 'sums.measure') }} as measure_name,
        {{ code_sort('measure', 'sums.measure') }} as measure_sort,
        {{ code_name('measure_formula', 'sums.measure') }} as formula_text,
        sums.numerator_qty,
        sums.denominator_qty,
        sums.previous_numerator_qty,
        sums.previous_denominator_qty,
        sums.original_numerator_qty,
        sums.original_denominator_qty,
        plans.cutoff_date,
        plans.reported_through,
        plans.plan_version,
        plans.is_approved
    from sums
    -- A period that the plan does not reach has no row, even where the one before it has.
    inner join plans
        on
            sums.entity_code = plans.entity_code
            and sums.plan_code = plans.plan_code
            and sums.period_code = plans.period_code
    inner join periods on sums.period_code = periods.period_code
    left join periods as previous_periods on periods.previous_period_code = previous_periods.period_code
    left join entity_names on sums.entity_code = entity_names.entity_code
    {{ join_dependency_names('sums', 'plans.cutoff_date') }}
)

select * from final
