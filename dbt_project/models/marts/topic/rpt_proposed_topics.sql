{{ config(post_hook="{{ asof_function(parents=['fct_proposed_topic']) }}") }}

with proposals as (
    select * from {{ ref('fct_proposed_topic') }}
),

topics as (
    select
        entity_code,
        period_code,
        fiscal_year,
        call_name,
        topic_key,
        count(*) as proposed_qty,
        bool_or(is_included) as is_included,
        bool_or(first_proposed_in_call is not null) as is_repeated,
        max((known_from at time zone 'America/Bogota')::date) as informed_on,
        bool_or(is_reconstruction) as is_reconstruction
    from proposals
    group by entity_code, period_code, fiscal_year, call_name, topic_key
),

final as (
    select
        entity_code,
        period_code,
        fiscal_year,
        call_name,
        least({{ cutoff() }}, max(informed_on)) as cutoff_date,
        sum(proposed_qty)::bigint as proposed_qty,
        count(*) as distinct_qty,
        -- Nothing said of any topic is not zero included.
        case when count(is_included) > 0 then count(*) filter (where is_included) end as included_qty,
        case when count(is_included) > 0 then count(*) filter (where not is_included) end as not_included_qty,
        count(*) filter (where is_included is null) as undecided_qty,
        count(*) filter (where is_repeated) as repeated_qty,
        {{ pct('count(*) filter (where is_included)', 'count(is_included)') }} as included_pct,
        bool_or(is_reconstruction) as is_reconstruction
    from topics
    group by entity_code, period_code, fiscal_year, call_name
)

select * from final
