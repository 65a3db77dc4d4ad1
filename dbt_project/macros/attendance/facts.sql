{# One attendance: a person in a session, or a response that identifies nobody. #}
{% macro attendance_key(alias) -%}
    md5(
        {{ alias }}.entity_code || '|' || coalesce({{ alias }}.session_code, '')
        || '|' || coalesce({{ alias }}.person_key, {{ alias }}._response_key)
    )
{%- endmacro %}

{# The band of an age in years; the limits are the codelist's (age_band). #}
{% macro age_band(age) -%}
    case
        when {{ age }} <= 5 then 'early_childhood'
        when {{ age }} <= 11 then 'childhood'
        when {{ age }} <= 17 then 'adolescence'
        when {{ age }} <= 28 then 'young'
        when {{ age }} <= 59 then 'adults'
        when {{ age }} >= 60 then 'older_adults'
    end
{%- endmacro %}

{# fct_attendance: responses matched to a session, one row per attendance, and the counts of the sessions without responses.
   `only_touched` limits it to what the log names. #}
{% macro attendance_facts(only_touched=false) %}
with sessions as (
    select * from {{ ref('dim_session') }}
),

counts as (
    select * from {{ ref('int_attendance_counts') }}
),

{% if only_touched %}
touched_sessions as (
    select
        slices.entity_code,
        slices.session_code
    from ({{ touched(['entity_code', 'session_code']) }}) as slices
    inner join sessions on slices.entity_code = sessions.entity_code and slices.session_code = sessions.session_code
),

whole_sessions as (
    {{ touched(['entity_code', 'session_code'], condition='attendance_key is null') }}
),

touched_keys as (
    {{ touched(['attendance_key'], condition='attendance_key is not null') }}
),

candidates as (
    select versions.*
    from touched_sessions
    cross join lateral (
        select * from {{ ref('stg_attendance_form') }} as found
        where found.entity_code = touched_sessions.entity_code and found.session_code = touched_sessions.session_code
        {{ each_by_index() }}
    ) as versions
    left join touched_keys on {{ attendance_key('versions') }} = touched_keys.attendance_key
    left join whole_sessions on versions.entity_code = whole_sessions.entity_code and versions.session_code = whole_sessions.session_code
    where touched_keys.attendance_key is not null or whole_sessions.session_code is not null
),

responses as (
    {{ latest_responses('candidates', only_few=true) }}
),
{% else %}
responses as (
    select * from {{ ref('int_attendance_responses') }}
),
{% endif %}
ranked as (
    select
        responses.*,
        row_number() over (partition by attendance_key order by submitted_at desc, _response_key desc) as position,
        count(*) over (partition by attendance_key) as form_rows
    from responses
),

attendances as (
    select
        attendance_key,
        entity_code,
        session_code,
        'form' as source,
        form_rows,
        1::bigint as attendance_qty,
        person_key,
        consent,
        submitted_at,
        sex,
        gender_identity,
        sexual_orientation,
        age,
        coalesce({{ age_band('age') }}, age_band) as age_band,
        ethnic_group,
        disability,
        population_groups,
        locality_code,
        is_reconstruction,
        _submission_id,
        _sheet,
        _row
    from ranked
    where position = 1
    union all
    select
        md5(counts.entity_code || '|' || counts.session_code || '|' || counts._submission_id || '|' || counts._sheet || '|' || counts._row),
        counts.entity_code,
        counts.session_code,
        'count',
        0,
        counts.people_qty,
        null,
        null,
        null,
        counts.sex,
        null,
        null,
        null,
        counts.age_band,
        null,
        null,
        null,
        null,
        counts.is_reconstruction,
        counts._submission_id,
        counts._sheet,
        counts._row
    from counts
    {% if only_touched %}
    inner join whole_sessions on counts.entity_code = whole_sessions.entity_code and counts.session_code = whole_sessions.session_code
    {% endif %}
    where not exists (
        select 1 from {{ ref('int_attendance_responses') }} as answered
        where answered.entity_code = counts.entity_code and answered.session_code = counts.session_code
        {{ one_by_one() if only_touched }}
    )
),

final as (
    select
        attendances.attendance_key,
        attendances.entity_code,
        attendances.session_code,
        sessions.session_on,
        sessions.plan_code,
        sessions.activity_code,
        sessions.modality,
        attendances.source,
        attendances.form_rows,
        attendances.attendance_qty,
        attendances.person_key,
        attendances.consent,
        attendances.submitted_at,
        attendances.sex,
        attendances.gender_identity,
        attendances.sexual_orientation,
        attendances.age,
        attendances.age_band,
        attendances.ethnic_group,
        attendances.disability,
        attendances.population_groups,
        attendances.locality_code,
        attendances.is_reconstruction,
        attendances._submission_id,
        attendances._sheet,
        attendances._row,
        {{ touch_number() }} as _touch_number
    from attendances
    inner join sessions on attendances.entity_code = sessions.entity_code and attendances.session_code = sessions.session_code
)

select * from final
{% endmacro %}
