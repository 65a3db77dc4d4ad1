{# rpt_participants_by_month: every window is counted by itself over the attendances inside it, never from smaller windows. #}
{% macro attendance_participants(only_touched=false) %}
with facts as (
    select * from {{ ref('fct_attendance') }}
),

measured_sessions as (
    select * from {{ ref('rpt_attendance_by_session') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

periods as (
    select * from {{ ref('int_calendar_periods') }} where period_type in ('month', 'year')
),

{% if only_touched %}
touched_windows as (
    {{ touched(['entity_code', 'scope', 'plan_code', 'activity_code', 'window_code'], log_name='int_attendance_touched_windows') }}
),
{% endif %}
session_windows as (
    select
        sessions.entity_code,
        sessions.session_code,
        scopes.scope,
        scopes.plan_code,
        scopes.activity_code,
        periods.period_type as window_type,
        periods.period_code as window_code,
        periods.fiscal_year,
        periods.period_end
    from sessions
    inner join periods
        on sessions.fiscal_year = periods.fiscal_year and sessions.session_on between periods.period_start and periods.period_end
    cross join lateral ({{ attendance_scopes('sessions') }}) as scopes (scope, plan_code, activity_code)
),

numbered as (
    select
        session_windows.*,
        dense_rank() over (order by entity_code, scope, plan_code, activity_code, window_code) as window_number
    from session_windows
    {% if only_touched %}
    inner join touched_windows using (entity_code, scope, plan_code, activity_code, window_code)
    {% endif %}
),

windows as (
    select
        numbered.window_number,
        numbered.entity_code,
        numbered.scope,
        numbered.plan_code,
        numbered.activity_code,
        numbered.window_type,
        numbered.window_code,
        numbered.fiscal_year,
        numbered.period_end,
        sum(measured_sessions.form_rows)::bigint as form_rows,
        sum(measured_sessions.attendances)::bigint as attendances,
        bool_or(measured_sessions.is_reconstruction) as is_reconstruction
    from numbered
    inner join measured_sessions
        on numbered.entity_code = measured_sessions.entity_code and numbered.session_code = measured_sessions.session_code
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

-- Sixteen bytes stand for a person here: a million of them are compared in memory.
persons as (
    select distinct
        numbered.window_number,
        md5(facts.person_key)::uuid as person
    from numbered
    inner join facts on numbered.entity_code = facts.entity_code and numbered.session_code = facts.session_code
    where facts.person_key is not null
),

distinct_persons as (
    select
        window_number,
        count(*) as distinct_persons
    from persons
    group by window_number
),

final as (
    select
        windows.entity_code,
        windows.scope,
        windows.plan_code,
        windows.activity_code,
        windows.window_type,
        windows.window_code,
        windows.fiscal_year,
        least(windows.period_end, {{ cutoff() }}) as cutoff_date,
        windows.form_rows,
        windows.attendances,
        coalesce(distinct_persons.distinct_persons, 0) as distinct_persons,
        false as is_additive,
        windows.is_reconstruction,
        {{ touch_number() }} as _touch_number
    from windows
    left join distinct_persons on windows.window_number = distinct_persons.window_number
)

select * from final
{% endmacro %}

{# The rows that a session counts in: its activity ('none' outside every plan) and its whole entity. #}
{% macro attendance_scopes(alias) -%}
    values
    ('activity', coalesce({{ alias }}.plan_code, 'none'), coalesce({{ alias }}.activity_code, 'none')),
    ('entity', 'all', 'all')
{%- endmacro %}
