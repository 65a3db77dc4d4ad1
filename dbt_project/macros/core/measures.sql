{# Percent points, unrounded (rounding is a property of a report); null where the denominator is 0 or missing. Twelve
   decimals: no ratio of counts below a billion can cross a rounding or truncation limit by being stored so. #}
{% macro pct(numerator, denominator) -%}
    (100.0 * ({{ numerator }}) / nullif({{ denominator }}, 0))::numeric(24, 12)
{%- endmacro %}
