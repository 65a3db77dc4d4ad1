{{ config(materialized='view') }}

-- A view, so that it shows the very build that has just ended.
with submissions as (
    select * from {{ ref('stg_submission') }}
),

taken as (
    select * from {{ ref('stg_submission_taken') }}
),

kinds as (
    select * from {{ ref('stg_contract_kind') }}
),

builds as (
    select * from {{ ref('stg_build') }}
),

relations as (
    select
        build_id,
        count(*) as relations_qty,
        sum(rows_qty) as rows_qty
    from {{ ref('stg_build_relation') }}
    group by build_id
),

files as (
    select
        submissions.*,
        coalesce(taken.taken_at, submissions.ingested_at) as taken_at,
        (submissions.ingested_at at time zone 'America/Bogota')::date as run_on
    from submissions
    left join taken on submissions.submission_id = taken.submission_id
),

loads as (
    select
        files.entity_code,
        'load' as run_type,
        coalesce(kinds.kind_name, files.kind) as subject,
        files.kind,
        files.run_on,
        min(files.taken_at) as started_at,
        max(files.ingested_at) as finished_at,
        -- The files' own times: between two of them nothing may have run for hours.
        sum(extract(epoch from files.ingested_at - files.taken_at)) as seconds,
        case when bool_and(files.is_accepted) then 'done' else 'with_returns' end as outcome,
        count(*) as files_qty,
        count(*) filter (where not files.is_accepted) as returned_files_qty,
        sum(files.rows_read)::bigint as rows_read,
        sum(files.rows_accepted)::bigint as rows_accepted,
        sum(files.rows_quarantined)::bigint as rows_quarantined,
        null::bigint as relations_qty
    from files
    left join kinds on files.kind = kinds.kind
    group by files.entity_code, kinds.kind_name, files.kind, files.run_on
),

built as (
    select
        null::text as entity_code,
        'build' as run_type,
        case when builds.full_refresh then 'Todos los marts' else 'Lo que cambió con las entregas nuevas' end as subject,
        null::text as kind,
        (builds.started_at at time zone 'America/Bogota')::date as run_on,
        builds.started_at,
        builds.finished_at,
        extract(epoch from builds.finished_at - builds.started_at) as seconds,
        case when builds.is_done then 'done' else 'failed' end as outcome,
        null::bigint as files_qty,
        null::bigint as returned_files_qty,
        null::bigint as rows_read,
        null::bigint as rows_accepted,
        null::bigint as rows_quarantined,
        relations.relations_qty
    from builds
    left join relations on builds.build_id = relations.build_id
),

runs as (
    select * from loads
    union all
    select * from built
),

final as (
    select
        entity_code,
        null::text as dependency_code,
        run_type,
        {{ code_name('run_type', 'run_type') }} as run_type_name,
        subject,
        kind,
        run_on as cutoff_date,
        started_at,
        started_at at time zone 'America/Bogota' as started_at_local,
        finished_at,
        round(seconds::numeric, 2) as seconds,
        outcome,
        {{ code_name('run_outcome', 'outcome') }} as outcome_name,
        files_qty,
        returned_files_qty,
        rows_read,
        rows_accepted,
        rows_quarantined,
        relations_qty,
        row_number() over (order by finished_at desc, started_at desc, run_type asc, kind asc, entity_code asc) as recency_sort
    from runs
)

select * from final
