{# What may have become of a question by the cut-off: each is in exactly one. `answered`: in writing, where no norm says by when. #}
{% macro question_statuses() %}
    {{- return([
        'answered_live', 'answered_in_time', 'answered_late', 'answered', 'transferred', 'pending', 'overdue'
    ]) -}}
{% endmacro %}

{# Kinds of spaces that account to the citizens: their questions have a term of their own. #}
{% macro accountability_space_types() %}
    {{- return(['public_hearing', 'citizen_dialogue']) -}}
{% endmacro %}
