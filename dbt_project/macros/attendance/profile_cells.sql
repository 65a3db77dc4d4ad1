{# The dimensions of the profile: where the category stands in fct_attendance and the codelist that names it. A blank answer is
   'no_answer' (its codelist's own code); what a count did not record is 'no_data'. #}
{% macro profile_dimensions() -%}
    {{- return([
        {'dimension': 'sex', 'expression': 'facts.sex', 'no_answer': 'no_answer'},
        {'dimension': 'age_band', 'expression': 'facts.age_band', 'no_answer': 'no_answer'},
        {'dimension': 'ethnic_group', 'expression': 'facts.ethnic_group', 'no_answer': '9'},
        {'dimension': 'locality', 'expression': 'facts.locality_code', 'no_answer': 'no_answer'},
        {'dimension': 'disability', 'expression': one_disability('facts.disability'), 'no_answer': 'no_answer'},
        {'dimension': 'gender_identity', 'expression': 'facts.gender_identity', 'no_answer': 'no_answer'},
    ]) -}}
{%- endmacro %}

{# The column of the form's contract that each dimension is. #}
{% macro profile_columns() -%}
    {%- set columns = {} -%}
    {%- for profile in profile_dimensions() -%}
        {%- do columns.update({profile.dimension: 'locality_code' if profile.dimension == 'locality' else profile.dimension}) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro %}

{# Several disabilities are 'multiple', so that the categories add up to the base. #}
{% macro one_disability(list) -%}
    case
        when cardinality(array_remove(array_remove({{ list }}, 'none'), 'no_answer')) > 1 then 'multiple'
        when cardinality(array_remove(array_remove({{ list }}, 'none'), 'no_answer')) = 1
            then (array_remove(array_remove({{ list }}, 'none'), 'no_answer'))[1]
        else {{ list }}[1]
    end
{%- endmacro %}

{# int_attendance_profile_cells: attendances of each session by category of each dimension. #}
{% macro attendance_profile_cells(only_touched=false) %}
with
{% if only_touched %}
touched_facts as (
    {{ facts_of_touched_sessions() }}
),
{% endif %}
{%- for profile in profile_dimensions() %}
{{ profile.dimension }}_cells as (
    select
        facts.entity_code,
        facts.session_code,
        '{{ profile.dimension }}' as dimension,
        coalesce({{ profile.expression }}, case facts.source when 'count' then 'no_data' else '{{ profile.no_answer }}' end) as category,
        sum(facts.attendance_qty)::bigint as attendances
    from {{ 'touched_facts' if only_touched else ref('fct_attendance') }} as facts
    where facts.attendance_qty > 0
    group by 1, 2, 3, 4
),
{%- endfor %}

cells as (
    {%- for profile in profile_dimensions() %}
    select * from {{ profile.dimension }}_cells
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        cells.*,
        {{ touch_number() }} as _touch_number
    from cells
)

select * from final
{% endmacro %}
