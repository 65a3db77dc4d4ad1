{# The Spanish header of a column as its contract has it: `pipc render` writes it into the dbt sources as `config.meta.label`. #}
{% macro contract_label(kind, column) -%}
    {%- if execute -%}
        {%- set columns = graph.sources['source.' ~ project_name ~ '.raw.' ~ kind].columns -%}
        {{- (columns[column].meta.label or exceptions.raise_compiler_error(kind ~ '.' ~ column ~ ' has no label')) | replace("'", "''") -}}
    {%- endif -%}
{%- endmacro %}

{# The header of the column that `expression` stands for. `columns`: the codes that `expression` may have, each with its column of the
   contract; or only the columns, where they are the codes. #}
{% macro contract_label_of(kind, columns, expression) -%}
    case {{ expression }}
    {%- for code in columns %}
    {%- set column = columns[code] if columns is mapping else code %} when '{{ code }}' then '{{ contract_label(kind, column) }}'{% endfor %} end
{%- endmacro %}

{# The place of `expression` among `codes`: 1 for the first. #}
{% macro place_among(codes, expression) -%}
    array_position(array['{{ codes | join("', '") }}'], {{ expression }})
{%- endmacro %}
