{{ config(post_hook="{{ asof_function() }}") }}

with topics as (
    select * from {{ ref('stg_proposed_topic') }}
),

spellings as (
    select * from {{ ref('int_topic_spellings') }}
),

listed as (
    select
        code as topic_code,
        label as topic_name
    from {{ ref('topic') }}
),

-- A topic that two files bring is one proposal: the file received last counts.
known as (
    select distinct on (entity_code, submitted_by_code, period_code, call_name, wording) *
    from topics
    where
        {{ is_known('topics') }}
        and coalesce(proposed_on <= {{ cutoff() }}, true)
        and make_date(fiscal_year, 1, 1) <= {{ cutoff() }}
    order by
        entity_code asc,
        submitted_by_code asc,
        period_code asc,
        call_name asc,
        wording asc,
        known_from desc,
        _submission_id desc,
        _row desc
),

named as (
    select
        known.*,
        coalesce(listed.topic_code, spellings.topic_code, known.spelling_key) as topic_key,
        coalesce(listed.topic_name, spellings.topic_name, rtrim(known.wording, ' .')) as topic_name,
        coalesce(listed.topic_code, spellings.topic_code) is not null as is_listed,
        min(known.known_from) over (partition by known.entity_code, known.period_code, known.call_name) as call_known_from
    from known
    left join listed on known.topic_code = listed.topic_code
    left join spellings on known.spelling_key = spellings.spelling_key
),

ranked as (
    select
        named.*,
        dense_rank() over (partition by entity_code order by fiscal_year, call_known_from, period_code, call_name) as call_order
    from named
),

-- The first call in which each topic was proposed.
first_calls as (
    select distinct on (entity_code, topic_key)
        entity_code,
        topic_key,
        call_order,
        call_name || ' (' || period_code || ')' as call_label
    from ranked
    order by entity_code asc, topic_key asc, call_order asc
),

final as (
    select
        ranked.entity_code,
        ranked.submitted_by_code as dependency_code,
        ranked.period_code,
        ranked.fiscal_year,
        ranked.call_name,
        ranked.wording,
        ranked.topic_key,
        ranked.topic_name,
        ranked.is_listed,
        case when first_calls.call_order < ranked.call_order then first_calls.call_label end as first_proposed_in_call,
        ranked.proposed_on,
        ranked.proposed_in,
        ranked.is_included,
        ranked.included_in,
        ranked.session_code,
        ranked.reason_not_included,
        ranked.call_order::integer as call_order,
        ranked.known_from,
        ranked.is_reconstruction,
        ranked._submission_id,
        ranked._sheet,
        ranked._row
    from ranked
    inner join first_calls on ranked.entity_code = first_calls.entity_code and ranked.topic_key = first_calls.topic_key
)

select * from final
