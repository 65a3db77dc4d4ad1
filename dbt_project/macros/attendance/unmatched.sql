{# rpt_attendance_unmatched: responses that no session takes, by what they say (code, form, event, day) and why they wait. #}
{% macro attendance_unmatched(only_touched=false) %}
with sessions as (
    select * from {{ ref('dim_session') }}
),

{% if only_touched %}
unknown_codes as (
    select touched_codes.*
    from ({{ touched(['entity_code', 'session_code']) }}) as touched_codes
    left join sessions on touched_codes.entity_code = sessions.entity_code and touched_codes.session_code = sessions.session_code
    where sessions.session_code is null
),

-- Two branches, since an index on the code serves each of them and not both at once.
candidates as (
    select versions.*
    from unknown_codes
    cross join lateral (
        select * from {{ ref('stg_attendance_form') }} as found
        where found.entity_code = unknown_codes.entity_code and found.session_code = unknown_codes.session_code
        {{ one_by_one() }}
    ) as versions
    union all
    select versions.*
    from unknown_codes
    cross join lateral (
        select * from {{ ref('stg_attendance_form') }} as found
        where found.entity_code = unknown_codes.entity_code and found.session_code is null
        {{ one_by_one() }}
    ) as versions
    where unknown_codes.session_code = ''
),

responses as (
    {{ latest_responses('candidates', only_few=true) }}
),
{% else %}
responses as (
    select * from {{ ref('int_attendance_responses') }}
),
{% endif %}
final as (
    select
        responses.entity_code,
        responses.dependency_code,
        coalesce(responses.session_code, '') as session_code,
        coalesce(responses.form_code, '') as form_code,
        coalesce(responses.event_title, '') as event_title,
        (responses.submitted_at at time zone 'America/Bogota')::date as submitted_on,
        -- Nothing is decided yet about a response whose load was not followed to its end.
        coalesce(responses.waiting_reason, case when responses.session_code is null then 'blank' else 'unknown' end) as reason,
        count(*) as form_rows,
        count(responses.person_key) as identified_rows,
        min(responses.submitted_at) as first_submitted_at,
        max(responses.submitted_at) as last_submitted_at,
        {{ touch_number() }} as _touch_number
    from responses
    left join sessions on responses.entity_code = sessions.entity_code and responses.session_code = sessions.session_code
    where sessions.session_code is null
    group by 1, 2, 3, 4, 5, 6, 7
)

select * from final
{% endmacro %}
