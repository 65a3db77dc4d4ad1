{# The Spanish header of a column as its contract has it: `pipc render` writes it into the dbt sources as `config.meta.label`. #}
{% macro contract_label(kind, column) -%}
    {%- if execute -%}
        {%- set columns = graph.sources['source.' ~ project_name ~ '.raw.' ~ kind].columns -%}
        {{- (columns[column].meta.label or exceptions.raise_compiler_error(kind ~ '.' ~ column ~ ' has no label')) | replace("'", "''") -}}
    {%- endif -%}
{%- endmacro %}
