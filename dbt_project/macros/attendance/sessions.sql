{# rpt_attendance_by_session: the sessions that anybody attended or that were counted. #}
{% macro attendance_by_session(only_touched=false) %}
with facts as (
    select * from {{ ref('fct_attendance') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

counts as (
    select * from {{ ref('int_attendance_counts') }}
),

{% if only_touched %}
touched_sessions as (
    {{ touched(['entity_code', 'session_code']) }}
),
{% endif %}
measured as (
    select
        facts.entity_code,
        facts.session_code,
        sum(facts.form_rows)::bigint as form_rows,
        sum(facts.attendance_qty)::bigint as attendances,
        (count(*) filter (where facts.source = 'form' and facts.person_key is null))::bigint as unidentified_qty,
        coalesce(sum(facts.attendance_qty) filter (where facts.source = 'count'), 0)::bigint as counted_qty,
        count(facts.person_key) as distinct_persons,
        bool_or(facts.is_reconstruction) as is_reconstruction
    from facts
    {% if only_touched %}
    inner join touched_sessions on facts.entity_code = touched_sessions.entity_code and facts.session_code = touched_sessions.session_code
    {% endif %}
    group by facts.entity_code, facts.session_code
),

counted as (
    select
        entity_code,
        session_code,
        sum(people_qty)::bigint as people_qty
    from counts
    group by entity_code, session_code
),

final as (
    select
        measured.entity_code,
        measured.session_code,
        sessions.title,
        sessions.space_name,
        sessions.space_type,
        sessions.plan_code,
        sessions.activity_code,
        sessions.fiscal_year,
        sessions.period_code,
        sessions.session_on,
        sessions.session_status,
        sessions.modality,
        sessions.locality_code,
        sessions.session_on as cutoff_date,
        measured.form_rows,
        measured.attendances,
        measured.unidentified_qty,
        measured.counted_qty,
        measured.distinct_persons,
        case when measured.form_rows > 0 then counted.people_qty end as ignored_count_qty,
        measured.form_rows > 0 and counted.people_qty is not null as has_both_sources,
        measured.is_reconstruction,
        {{ touch_number() }} as _touch_number
    from measured
    inner join sessions on measured.entity_code = sessions.entity_code and measured.session_code = sessions.session_code
    left join counted on measured.entity_code = counted.entity_code and measured.session_code = counted.session_code
)

select * from final
{% endmacro %}

{# rpt_participants_by_month: every window is counted by itself over the attendances inside it, never from smaller windows. #}
{% macro attendance_participants(only_touched=false) %}
with facts as (
    select * from {{ ref('fct_attendance') }}
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
all_windows as (
    select distinct
        sessions.entity_code,
        scopes.scope,
        scopes.plan_code,
        scopes.activity_code,
        periods.period_type as window_type,
        periods.period_code as window_code,
        periods.fiscal_year,
        periods.period_start,
        periods.period_end
    from sessions
    inner join periods on sessions.session_on between periods.period_start and periods.period_end
    cross join lateral ({{ attendance_scopes('sessions') }}) as scopes (scope, plan_code, activity_code)
),

windows as (
    select
        all_windows.*,
        row_number() over () as window_number
    from all_windows
    {% if only_touched %}
    inner join touched_windows using (entity_code, scope, plan_code, activity_code, window_code)
    {% endif %}
),

persons as (
    select
        windows.window_number,
        facts.person_key,
        sum(facts.form_rows) as form_rows,
        sum(facts.attendance_qty) as attendances,
        bool_or(facts.is_reconstruction) as is_reconstruction
    from windows
    inner join facts
        on
            windows.entity_code = facts.entity_code
            and facts.session_on between windows.period_start and windows.period_end
            and (
                windows.scope = 'entity'
                or (windows.plan_code = coalesce(facts.plan_code, 'none') and windows.activity_code = coalesce(facts.activity_code, 'none'))
            )
    group by windows.window_number, facts.person_key
),

measured as (
    select
        window_number,
        sum(form_rows)::bigint as form_rows,
        sum(attendances)::bigint as attendances,
        count(person_key) as distinct_persons,
        bool_or(is_reconstruction) as is_reconstruction
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
        windows.fiscal_year::integer as fiscal_year,
        least(windows.period_end, {{ cutoff() }}) as cutoff_date,
        measured.form_rows,
        measured.attendances,
        measured.distinct_persons,
        false as is_additive,
        measured.is_reconstruction,
        {{ touch_number() }} as _touch_number
    from measured
    inner join windows on measured.window_number = windows.window_number
)

select * from final
{% endmacro %}

{# The rows that a session counts in: its activity ('none' outside every plan) and its whole entity. #}
{% macro attendance_scopes(alias) -%}
    values
    ('activity', coalesce({{ alias }}.plan_code, 'none'), coalesce({{ alias }}.activity_code, 'none')),
    ('entity', 'all', 'all')
{%- endmacro %}
