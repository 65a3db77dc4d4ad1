{# The statuses of a commitment, as its codelist has them; a test holds the two together. One column each in the mart. #}
{% macro commitment_statuses() %}
    {{- return([
        'registered', 'in_progress', 'fulfilled', 'partially_fulfilled', 'overdue', 'not_fulfilled', 'rescheduled', 'transferred', 'withdrawn'
    ]) -}}
{% endmacro %}
