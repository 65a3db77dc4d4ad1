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
        responses._response_key,
        {{ lineage_columns('responses') }}
    from responses
    where
        {{ is_known('responses') }}
        -- A response that changed counts as it was received last.
        and {{ is_latest_version('responses', ref('stg_evaluation_form')) }}
)

select * from final
