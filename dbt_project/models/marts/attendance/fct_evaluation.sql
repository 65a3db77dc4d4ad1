{{ config(post_hook="{{ asof_function(parents=['int_evaluation_responses']) }}") }}

with responses as (
    select * from {{ ref('int_evaluation_responses') }}
),

final as (
    select
        _response_key as evaluation_key,
        entity_code,
        session_code,
        submitted_at,
        rating_organization,
        rating_clarity,
        rating_relevance,
        rating_participation,
        would_return,
        is_reconstruction,
        {{ lineage_columns('responses') }}
    from responses
)

select * from final
