{# The percents of definitions.md over a row's sums: one place for every level, so each is a ratio of sums. #}
{% macro compliance_percents() -%}
    {{ pct('executed_qty', 'programmed_qty') }} as execution_pct,
    {{ pct('executed_to_date_qty', 'programmed_to_date_qty') }} as compliance_pct,
    {{ pct('capped_executed_qty', 'programmed_to_date_qty') }} as compliance_capped_pct,
    {{ pct('executed_to_date_qty', 'annual_qty') }} as progress_pct,
    {{ pct('annual_qty - executed_to_date_qty', 'annual_qty') }} as pending_pct
{%- endmacro %}

{# The same under version 1 of the plan. #}
{% macro original_percents() -%}
    {{ pct('executed_qty', 'original_programmed_qty') }} as original_execution_pct,
    {{ pct('executed_to_date_qty', 'original_programmed_to_date_qty') }} as original_compliance_pct,
    {{ pct('executed_to_date_qty', 'original_annual_qty') }} as original_progress_pct,
    {{ pct('original_annual_qty - executed_to_date_qty', 'original_annual_qty') }} as original_pending_pct
{%- endmacro %}

{# A level above the activity: `keys` beside entity, plan, year and period. Expects the CTE `activities`, rows of
   rpt_activity_compliance; leaves the CTE `final`. #}
{% macro compliance_rollup(keys=[]) -%}
{%- set level = ['entity_code', 'plan_code', 'fiscal_year', 'period_code'] + keys -%}
{%- set quantities = [
    'period_programmed_qty', 'programmed_qty', 'executed_qty', 'annual_qty', 'programmed_to_date_qty', 'executed_to_date_qty',
    'capped_executed_qty', 'shortfall_qty', 'carried_over_qty', 'rescheduled_qty', 'justified_qty', 'unjustified_qty',
    'over_execution_qty', 'early_qty', 'surplus_over_year_qty', 'carried_in_executed_qty', 'carried_in_executed_to_date_qty',
    'original_programmed_qty', 'original_programmed_to_date_qty', 'original_annual_qty'
] -%}
{%- set statuses = [
    'cancelled', 'not_programmed_yet', 'over', 'carried_over', 'rescheduled', 'behind_unjustified', 'behind_justified'
] -%}
{%- set heading = level + [
    'period_type', 'plan_name', 'cutoff_date', 'reported_through', 'known_at', 'plan_version', 'plan_approved_on', 'is_approved'
] -%}
{#- Reported, but not of the version in force and not dropped by it: in the sums, not among the plan's activities. -#}
{%- set is_counted = "(is_in_plan or status = 'cancelled')" -%}
sums as (
    select
        {%- for column in heading %}
        {{ column }},
        {%- endfor %}
        {%- for quantity in quantities %}
        sum({{ quantity }})::bigint as {{ quantity }},
        {%- endfor %}
        {%- for status in statuses %}
        count(*) filter (where {{ is_counted }} and status = '{{ status }}')::integer as activities_{{ status }},
        {%- endfor %}
        count(*) filter (where {{ is_counted }})::integer as activities_total,
        count(*) filter (where {{ is_counted }} and status in ('on_target', 'over'))::integer as activities_on_target,
        bool_or(has_quarantined_rows) as has_quarantined_rows,
        bool_or(is_incomplete) as is_incomplete
    from activities
    group by {{ heading | join(', ') }}
),

unreported as (
    select
        {{ level | join(',\n        ') }},
        count(distinct month_code)::integer as unreported_months,
        string_agg(distinct month_code, ', ' order by month_code) as unreported_month_codes
    from activities
    cross join lateral string_to_table(unreported_month_codes, ', ') as missing (month_code)
    group by {{ level | join(', ') }}
),

final as (
    select
        {%- for column in heading %}
        sums.{{ column }},
        {%- endfor %}
        {%- for quantity in quantities %}
        sums.{{ quantity }},
        {%- endfor %}
        {%- for status in statuses %}
        sums.activities_{{ status }},
        {%- endfor %}
        sums.activities_total,
        sums.activities_on_target,
        sums.has_quarantined_rows,
        sums.is_incomplete,
        sums.annual_qty - sums.executed_to_date_qty as pending_qty,
        {{ compliance_percents() }},
        {{ original_percents() }},
        coalesce(unreported.unreported_months, 0) as unreported_months,
        unreported.unreported_month_codes
    from sums
    left join unreported
        on
            {%- for key in level %}
            {{ 'and ' if not loop.first }}sums.{{ key }} = unreported.{{ key }}
            {%- endfor %}
)
{%- endmacro %}
