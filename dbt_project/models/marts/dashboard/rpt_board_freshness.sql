{{ config(materialized='view') }}

{%- set marts = marts_of_graph() %}

-- A view, so that it shows the very build that has just ended.
with marts (relation, title, kinds, reads_ledger) as (
    values -- noqa: disable=LT02
    {%- for mart in marts %}
    ('{{ mart.relation }}', '{{ mart.title | replace("'", "''") }}', '{{ '{' ~ mart.kinds | join(',') ~ '}' }}'::text[], {{ mart.reads_ledger | lower }})
    {{- ',' if not loop.last }}
    {%- else %}
    (null::text, null::text, null::text[], false)
    {%- endfor %}
    -- noqa: enable=LT02
),

kinds as (
    select * from {{ ref('stg_contract_kind') }}
),

submissions as (
    select * from {{ ref('stg_submission') }}
),

relations as (
    select * from {{ ref('stg_build_relation') }}
),

builds as (
    select * from {{ ref('stg_build') }}
    where is_done
),

built as (
    select distinct on (relations.relation)
        relations.relation,
        relations.rows_qty,
        relations.seconds,
        relations.finished_at,
        builds.started_at
    from relations
    inner join builds on relations.build_id = builds.build_id
    order by relations.relation asc, relations.build_id desc
),

-- Taken in before the build began: what the build has surely seen. What came while it ran waits for the next one.
made_of as (
    select
        marts.relation,
        max(submissions.received_at) filter (where submissions.ingested_at < built.started_at) as newest_received_at,
        max(submissions.ingested_at) filter (where submissions.ingested_at < built.started_at) as newest_loaded_at,
        count(*) filter (where submissions.ingested_at >= built.started_at) as waiting_qty,
        count(*) filter (where submissions.ingested_at < built.started_at) as submissions_qty
    from marts
    inner join submissions on marts.reads_ledger or (submissions.is_accepted and submissions.kind = any(marts.kinds))
    left join built on marts.relation = built.relation
    group by marts.relation
),

last_files as (
    select
        kind,
        max(ingested_at) as loaded_at
    from submissions
    where is_accepted
    group by kind
),

-- A kind that its contract wants every so many days, and of which the last file is older.
late_kinds as (
    select
        marts.relation,
        min(kinds.freshness_days) as freshness_days,
        string_agg(kinds.kind_name, '; ' order by kinds.kind_sort)
        filter (where last_files.loaded_at < now() - make_interval(days => kinds.freshness_days)) as late_kinds_text
    from marts
    inner join kinds on marts.reads_ledger or kinds.kind = any(marts.kinds)
    inner join last_files on kinds.kind = last_files.kind
    where kinds.freshness_days is not null
    group by marts.relation
),

made_of_kinds as (
    select
        marts.relation,
        string_agg(kinds.kind_name, '; ' order by kinds.kind_sort) as kinds_text
    from marts
    inner join kinds on kinds.kind = any(marts.kinds) -- noqa: LT02
    group by marts.relation
),

states as (
    select
        marts.relation,
        marts.title,
        marts.reads_ledger,
        made_of_kinds.kinds_text,
        built.finished_at as built_at,
        built.rows_qty,
        built.seconds,
        made_of.newest_received_at,
        made_of.newest_loaded_at,
        coalesce(made_of.submissions_qty, 0) as submissions_qty,
        coalesce(made_of.waiting_qty, 0) as waiting_qty,
        late_kinds.freshness_days,
        late_kinds.late_kinds_text,
        case
            when built.finished_at is null then 'never_built'
            when made_of.waiting_qty > 0 then 'waiting'
            when late_kinds.late_kinds_text is not null then 'stale'
            else 'fresh'
        end as freshness_state
    from marts
    left join built on marts.relation = built.relation
    left join made_of on marts.relation = made_of.relation
    left join late_kinds on marts.relation = late_kinds.relation
    left join made_of_kinds on marts.relation = made_of_kinds.relation
),

final as (
    select
        null::text as entity_code,
        null::text as dependency_code,
        relation,
        title,
        freshness_state,
        {{ code_name('freshness_state', 'freshness_state') }} as freshness_state_name,
        {{ code_sort('freshness_state', 'freshness_state') }} as freshness_state_sort,
        built_at,
        built_at at time zone 'America/Bogota' as built_at_local,
        round((extract(epoch from now() - built_at) / 3600)::numeric, 2) as built_hours_ago,
        round(seconds, 2) as build_seconds,
        rows_qty,
        submissions_qty,
        newest_received_at,
        newest_received_at at time zone 'America/Bogota' as newest_received_at_local,
        (newest_received_at at time zone 'America/Bogota')::date as cutoff_date,
        newest_loaded_at,
        waiting_qty,
        freshness_days,
        late_kinds_text,
        case when reads_ledger then 'Todas las entregas' else coalesce(kinds_text, 'Listas de valores y calendario') end as kinds_text
    from states
    where relation is not null
)

select * from final
