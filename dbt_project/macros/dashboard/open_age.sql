{# How long a commitment has been open, in classes of days: an upper limit each, and one class beyond the last. #}
{% macro open_age_limits() -%} {{- return([30, 60, 90, 180]) -}} {%- endmacro %}

{# One of `code`, `name` or `sort` of the class of `days`; a null is a commitment that is closed. #}
{% macro open_age(days, part) -%}
    {%- set limits = open_age_limits() -%}
    {%- set closed = {'code': "'closed'", 'name': "'Cerrado'", 'sort': limits | length + 2} -%}
    {%- set last = {'code': "'over_" ~ limits[-1] ~ "'", 'name': "'Más de " ~ limits[-1] ~ " días'", 'sort': limits | length + 1} -%}
    case
        when {{ days }} is null then {{ closed[part] }}
        {%- for limit in limits %}
        {%- set first = 0 if loop.first else limits[loop.index0 - 1] + 1 -%}
        {%- set class = {'code': "'up_to_" ~ limit ~ "'", 'name': "'De " ~ first ~ " a " ~ limit ~ " días'", 'sort': loop.index} %}
        when {{ days }} <= {{ limit }} then {{ class[part] }}
        {%- endfor %}
        else {{ last[part] }}
    end
{%- endmacro %}
