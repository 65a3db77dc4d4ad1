{# The questions of the evaluation that have a scale, as columns of its contract in their order there, each with its scale. #}
{% macro evaluation_questions() -%}
    {{- return({
        'rating_organization': '1_5',
        'rating_clarity': '1_5',
        'rating_relevance': '1_5',
        'rating_participation': '1_5',
        'would_return': 'yes_no',
    }) -}}
{%- endmacro %}
