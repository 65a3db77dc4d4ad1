{# Schemas are exactly those of the warehouse; dbt's own default would prefix them with the target's. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{# Codelists are seeds named after their file; in the warehouse they are `staging.codelist_<name>`. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if custom_alias_name -%} {{ custom_alias_name }}
    {%- elif node.resource_type == 'seed' -%} codelist_{{ node.name }}
    {%- elif node.version -%} {{ node.name }}_v{{ node.version | replace('.', '_') }}
    {%- else -%} {{ node.name }}
    {%- endif -%}
{%- endmacro %}

{# `expression`, a date, as the name of its month: septiembre. #}
{% macro month_name(expression) -%}
    (array[
        'enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio', 'julio', 'agosto', 'septiembre', 'octubre', 'noviembre', 'diciembre'
    ])[extract(month from {{ expression }})::integer]
{%- endmacro %}
