{# rpt_attendance_unmatched: responses whose session code is blank or unknown, by the code as it was written. #}
{% macro attendance_unmatched(only_touched=false) %}
with responses as (
    select * from {{ ref('int_attendance_responses') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

{% if only_touched %}
touched_codes as (
    {{ touched(['entity_code', 'session_code']) }}
),

-- Two branches, since an index on the code serves each of them and not both at once.
candidates as (
    select responses.*
    from touched_codes
    inner join responses on touched_codes.entity_code = responses.entity_code and touched_codes.session_code = responses.session_code
    union all
    select responses.*
    from touched_codes
    inner join responses on touched_codes.entity_code = responses.entity_code and responses.session_code is null
    where touched_codes.session_code = ''
),
{% endif %}
final as (
    select
        responses.entity_code,
        responses.dependency_code,
        coalesce(responses.session_code, '') as session_code,
        case when responses.session_code is null then 'blank' else 'unknown' end as reason,
        count(*) as form_rows,
        count(responses.person_key) as identified_rows,
        min(responses.submitted_at) as first_submitted_at,
        max(responses.submitted_at) as last_submitted_at,
        {{ touch_number() }} as _touch_number
    from {{ 'candidates' if only_touched else 'responses' }} as responses
    left join sessions on responses.entity_code = sessions.entity_code and responses.session_code = sessions.session_code
    where sessions.session_code is null
    group by responses.entity_code, responses.dependency_code, responses.session_code
)

select * from final
{% endmacro %}
