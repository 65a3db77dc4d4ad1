{# What the boards of participation share: import CTEs and the columns every one of them begins with. #}

{# CTE `activities`: one row per activity of a plan and year, with the names that a session or a window of it shows. #}
{% macro activity_labels() -%}
activities as (
    select
        entity_code,
        plan_code,
        plan_name,
        fiscal_year,
        activity_code,
        activity_name,
        dependency_code
    from {{ ref('dim_activity') }}
)
{%- endmacro %}

{# CTE `plans`: one row per plan and year, also for what counts in the plan and names no activity of it. #}
{% macro plan_labels() -%}
plans as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        max(plan_name) as plan_name
    from activities
    group by entity_code, plan_code, fiscal_year
)
{%- endmacro %}

{# Joins of `activities` and `plans` to the rows of `alias` in their own year. #}
{% macro join_activity_labels(alias) -%}
left join activities
    on
        {{ alias }}.entity_code = activities.entity_code
        and {{ alias }}.fiscal_year = activities.fiscal_year
        and {{ alias }}.plan_code = activities.plan_code
        and {{ alias }}.activity_code = activities.activity_code
left join plans
    on
        {{ alias }}.entity_code = plans.entity_code
        and {{ alias }}.fiscal_year = plans.fiscal_year
        and {{ alias }}.plan_code = plans.plan_code
{%- endmacro %}

{# Names of plan and activity of `alias`: their own, or what 'all' and 'none' mean, or the code of what was not received. #}
{% macro plan_and_activity_names(alias) -%}
    coalesce(plans.plan_name, {{ code_name('plan_scope', alias ~ '.plan_code') }}, {{ alias }}.plan_code) as plan_name,
    {{ alias }}.activity_code,
    coalesce(
        activities.activity_name,
        case when {{ alias }}.plan_code <> 'none' then {{ code_name('activity_scope', alias ~ '.activity_code') }} end,
        {{ code_name('plan_scope', alias ~ '.plan_code') }},
        {{ alias }}.activity_code
    ) as activity_name
{%- endmacro %}

{# The period that a board asks for. #}
{% macro period_columns(alias) -%}
    {{ alias }}.fiscal_year,
    {{ alias }}.period_code,
    {{ alias }}.period_name,
    {{ alias }}.period_label,
    {{ alias }}.period_type,
    {{ alias }}.period_type_name,
    {{ alias }}.period_sort
{%- endmacro %}
