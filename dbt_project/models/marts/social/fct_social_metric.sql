{{ config(post_hook="{{ asof_function() }}") }}

with metrics as (
    select * from {{ ref('stg_social_metric') }}
),

-- A capture that two files bring is one: the file received last counts.
known as (
    select distinct on (entity_code, submitted_by_code, post_code, metric, source, captured_on) *
    from metrics
    where
        {{ is_known('metrics') }}
        and captured_on <= {{ cutoff() }}
    order by
        entity_code asc,
        submitted_by_code asc,
        post_code asc,
        metric asc,
        source asc,
        captured_on asc,
        known_from desc,
        _submission_id desc,
        _row desc
),

ordered as (
    select
        known.*,
        -- What the team says of its own post stands before what a platform or a picture of it says.
        case source when 'manual' then 1 when 'export' then 2 else 3 end as source_order,
        lead(captured_on) over (
            partition by entity_code, submitted_by_code, post_code, metric, source order by captured_on
        ) as next_captured_on
    from known
),

final as (
    select
        entity_code,
        submitted_by_code as dependency_code,
        post_code,
        metric,
        source,
        captured_on,
        value_qty,
        next_captured_on is null as is_latest,
        coalesce(
            next_captured_on is null
            and source_order = min(source_order) over (partition by entity_code, submitted_by_code, post_code, metric),
            false
        ) as is_shown,
        session_code,
        space_name,
        platform,
        post_url,
        published_on,
        metric_definition,
        evidence,
        known_from,
        is_reconstruction,
        _submission_id,
        _sheet,
        _row
    from ordered
)

select * from final
