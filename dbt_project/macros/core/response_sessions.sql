{# The rows of a form, each with the session it was known to belong to: the code as it was written until something was decided about
   it, then what was decided. A row of the form comes once for each such stretch of time (known_from, known_to), hence two branches:
   an index on the written code serves one of them, an index on the decision's the other. `version_from`: when the row itself was
   received; of two versions of a response the later is the one received later, whatever was decided about which.
   `form_rows`: the relation in `raw`; `kind`: its kind; `columns`: its columns that the model shows. #}
{% macro rows_with_sessions(form_rows, submissions, kind, columns) %}
with as_written as (
    select
        submissions.entity_code,
        raw_rows.session_code,
        null::text as waiting_reason,
        submissions.known_from,
        least(submissions.known_to, coalesce(decisions.known_from, 'infinity')) as known_to,
        {{ _columns_of_response(columns) }}
    from {{ form_rows }} as raw_rows
    inner join {{ submissions }} as submissions on raw_rows._submission_id = submissions.submission_id
    left join {{ ref('stg_response_session') }} as decisions
        on
            raw_rows._response_key = decisions.response_key
            and raw_rows.session_code is not distinct from decisions.written_code
            and decisions.kind = '{{ kind }}'
            and decisions.is_first
    where
        {{ is_accepted() }}
        and (decisions.known_from is null or decisions.known_from > submissions.known_from)
),

decided as (
    select
        decisions.entity_code,
        decisions.session_code,
        decisions.waiting_reason,
        greatest(submissions.known_from, decisions.known_from) as known_from,
        least(submissions.known_to, decisions.known_to) as known_to,
        {{ _columns_of_response(columns) }}
    from {{ ref('stg_response_session') }} as decisions
    inner join {{ form_rows }} as raw_rows
        on decisions.response_key = raw_rows._response_key and decisions.written_code is not distinct from raw_rows.session_code
    inner join {{ submissions }} as submissions
        on raw_rows._submission_id = submissions.submission_id and decisions.entity_code = submissions.entity_code
    where
        decisions.kind = '{{ kind }}'
        and {{ is_accepted() }}
        and greatest(submissions.known_from, decisions.known_from) < least(submissions.known_to, decisions.known_to)
),

final as (
    select * from as_written
    union all
    select * from decided
)

select * from final
{% endmacro %}

{% macro _columns_of_response(columns) -%}
    submissions.known_from as version_from,
        submissions.dependency_code as submitted_by_code,
        submissions.period_code,
        submissions.fiscal_year,
        submissions.form_code,
        submissions.is_reconstruction,
        {%- for column in columns %}
        raw_rows.{{ column }},
        {%- endfor %}
        {{ lineage_columns('raw_rows') }},
        raw_rows._response_key
{%- endmacro %}

{# Is there no later version of the response of `alias` known at the second clock? `form`: the staging model it is a row of. #}
{% macro is_latest_version(alias, form, only_few=false) -%}
    not exists (
            select 1 from {{ form }} as newer
            where
                newer._response_key = {{ alias }}._response_key
                and {{ is_known('newer') }}
                and (newer.version_from, newer._submission_id, newer._row) > ({{ alias }}.version_from, {{ alias }}._submission_id, {{ alias }}._row)
            {{ one_by_one() if only_few }}
        )
{%- endmacro %}
