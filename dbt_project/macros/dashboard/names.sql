{# Names that every board shows. Each macro of this file is one import CTE, named as its macro, or the join that uses it. #}

{# CTE `entity_names`: one row per entity. #}
{% macro entity_names() -%}
entity_names as (
    select
        entity_code,
        entity_name
    from {{ ref('dim_entity') }}
)
{%- endmacro %}

{# CTE `dependency_names`: exactly one row per dependency and date, from applies_from to applies_to. #}
{% macro dependency_names() -%}
dependency_names as (
    select
        entity_code,
        dependency_code,
        dependency_name,
        applies_from,
        applies_to
    from {{ ref('int_dependency_names') }} as known_names
    where {{ is_known('known_names') }}
)
{%- endmacro %}

{# Join of `dependency_names` to the rows of `alias`: the name in force on `day`, the last one where `day` is null. Then
   `dependency_name(alias)` is the name, or the code of a dependency that the registry does not have. #}
{% macro join_dependency_names(alias, day) -%}
left join dependency_names
    on
        {{ alias }}.entity_code = dependency_names.entity_code
        and {{ alias }}.dependency_code = dependency_names.dependency_code
        and coalesce({{ day }}, 'infinity'::date) between dependency_names.applies_from and dependency_names.applies_to
{%- endmacro %}

{% macro dependency_name(alias) -%}
    coalesce(dependency_names.dependency_name, {{ alias }}.dependency_code)
{%- endmacro %}

{# CTE `periods`: the calendar of the plans with its names and its order; two years are a period of indicators only. #}
{% macro periods() -%}
periods as (
    select
        period_code,
        period_type,
        period_type_name,
        period_name,
        period_label,
        period_sort,
        fiscal_year,
        period_start,
        period_end,
        previous_period_code
    from {{ ref('dim_period') }}
    where period_type <> 'biennium'
)
{%- endmacro %}

{# CTE `month_periods`: for every month (month_code, and month = its first day), the five periods that contain it: itself, its
   quarter, four-month, semester and year. A fact of a month joined to it has one row per period that a board may ask for. #}
{% macro month_periods() -%}
month_periods as (
    select
        month_code,
        month,
        period_code,
        period_type,
        period_type_name,
        period_name,
        period_label,
        period_sort,
        fiscal_year,
        period_start,
        period_end
    from {{ ref('int_month_periods') }}
)
{%- endmacro %}
