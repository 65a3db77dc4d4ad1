{{ config(materialized='view', post_hook="{{ asof_function() }}") }}

with responses as (
    select * from {{ ref('stg_evaluation_form') }}
),

final as (
    select
        responses.entity_code,
        responses.session_code,
        responses.submitted_at,
        responses.rating_organization,
        responses.rating_clarity,
        responses.rating_relevance,
        responses.rating_participation,
        responses.would_return,
        responses.is_reconstruction,
        responses._response_key
    from responses
    where
        {{ is_known('responses') }}
        -- A response that changed counts as it was received last.
        and not exists (
            select 1 from {{ ref('stg_evaluation_form') }} as newer
            where
                newer._response_key = responses._response_key
                and {{ is_known('newer') }}
                and (newer.known_from, newer._submission_id, newer._row) > (responses.known_from, responses._submission_id, responses._row)
        )
)

select * from final
