-- No mart that counts people or attendances is made of social metrics, nor of questions or topics: dbt's own graph says what a mart reads.
{%- set people = [] -%}
{%- if execute -%}
    {%- for mart in marts_of_graph() -%}
        {%- if mart.relation in ('fct_attendance', 'rpt_attendance_by_session', 'rpt_participants_by_month', 'rpt_attendance_profile', 'rpt_evaluation') -%}
            {%- do people.append((mart.relation, mart.kinds)) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif %}
with marts (relation, kind) as (
    values
    ('five marts are looked at', '{{ 'ok' if not execute or people | length == 5 else 'social_metric' }}')
    {%- for relation, kinds in people %}{% for kind in kinds %},
    ('{{ relation }}', '{{ kind }}')
    {%- endfor %}{% endfor %}
)

select
    relation,
    kind
from marts
where kind in ('social_metric', 'citizen_question', 'proposed_topic')
