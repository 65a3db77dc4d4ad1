{{ config(materialized='view', post_hook="{{ asof_function() }}") }}

with responses as (
    select * from {{ ref('stg_attendance_form') }}
),

final as (
    select
        {{ attendance_key('responses') }} as attendance_key,
        responses.entity_code,
        responses.submitted_by_code as dependency_code,
        responses.session_code,
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
    from responses
    where
        {{ is_known('responses') }}
        -- A response that changed counts as it was received last.
        and not exists (
            select 1 from {{ ref('stg_attendance_form') }} as newer
            where
                newer._response_key = responses._response_key
                and {{ is_known('newer') }}
                and (newer.known_from, newer._submission_id, newer._row) > (responses.known_from, responses._submission_id, responses._row)
        )
)

select * from final
