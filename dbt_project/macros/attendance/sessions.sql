{# rpt_attendance_by_session: the sessions that anybody attended or that were counted. #}
{% macro attendance_by_session(only_touched=false) %}
with facts as (
    {{ facts_of_touched_sessions() if only_touched else 'select * from ' ~ ref('fct_attendance') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

counts as (
    select * from {{ ref('int_attendance_counts') }}
),

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

{# The attendances of every session that the log names, found by their index. #}
{% macro facts_of_touched_sessions() -%}
    select facts.*
    from ({{ touched(['entity_code', 'session_code']) }}) as touched_sessions
    cross join lateral (
        select * from {{ ref('fct_attendance') }} as found
        where found.entity_code = touched_sessions.entity_code and found.session_code = touched_sessions.session_code
        {{ each_by_index() }}
    ) as facts
{%- endmacro %}
