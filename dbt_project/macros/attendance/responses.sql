{# The responses of `rows_of` (a relation with the columns of stg_attendance_form), each in its last known version.
   `only_few`: look each one up by its index instead of joining all of them (PostgreSQL cannot know how few there are). #}
{% macro latest_responses(rows_of, only_few=false) %}
    select
        {{ attendance_key('responses') }} as attendance_key,
        responses.entity_code,
        responses.submitted_by_code as dependency_code,
        responses.session_code,
        responses.waiting_reason,
        responses.form_code,
        responses.event_title,
        responses.person_key,
        responses.consent,
        responses.submitted_at,
        responses.sex,
        responses.gender_identity,
        responses.sexual_orientation,
        responses.age,
        responses.age_band,
        responses.ethnic_group,
        responses.disability,
        responses.population_groups,
        responses.locality_code,
        responses.is_reconstruction,
        responses._response_key,
        responses._submission_id,
        responses._sheet,
        responses._row
    from {{ rows_of }} as responses
    where
        {{ is_known('responses') }}
        and {{ is_latest_version('responses', ref('stg_attendance_form'), only_few) }}
{% endmacro %}
