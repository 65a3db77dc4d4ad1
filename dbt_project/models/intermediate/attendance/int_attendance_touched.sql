-- depends_on: {{ ref('stg_submission') }}, {{ ref('stg_response_session') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['touch_number']}, {'columns': ['_submission_id']}, {'columns': ['_join_id']}],
        post_hook="{{ 'analyze ' ~ this if not is_incremental() }}",
    )
}}

with
{% if not is_incremental() %}
    touched as (
        select distinct
            _submission_id,
            null::bigint as _join_id,
            entity_code,
            coalesce(session_code, '') as session_code,
            null::text as attendance_key
        from {{ ref('stg_attendance_form') }}
        union all
        select distinct
            _submission_id,
            null::bigint as _join_id,
            entity_code,
            session_code,
            null as attendance_key
        from {{ ref('stg_attendance_count') }}
        union all
        select distinct
            _submission_id,
            null::bigint as _join_id,
            entity_code,
            session_code,
            null as attendance_key
        from {{ ref('stg_session') }}
        union all
        select
            null as _submission_id,
            join_id as _join_id,
            entity_code,
            '' as session_code,
            null as attendance_key
        from {{ ref('stg_response_join') }}
        where kind = 'attendance_form'
    ),
{% else %}
    submissions as (
        select * from {{ ref('stg_submission') }}
        where is_accepted and kind in ('attendance_form', 'attendance_count', 'session')
    ),

    new_submissions as (
        select submissions.*
        from submissions
        where not exists (
            select 1 from {{ this }} as known
            where known._submission_id = submissions.submission_id
        )
    ),

    new_joins as (
        select joins.*
        from {{ ref('stg_response_join') }} as joins
        where
            joins.kind = 'attendance_form'
            and not exists (
                select 1 from {{ this }} as known
                where known._join_id = joins.join_id
            )
    ),

    -- A file of a key may take sessions away that an earlier file of the key had.
    same_key as (
        select
            new_submissions.submission_id,
            submissions.submission_id as of_submission_id
        from new_submissions
        inner join submissions
            on new_submissions.kind = submissions.kind and new_submissions.submission_key = submissions.submission_key
        where new_submissions.kind <> 'attendance_form'
    ),

    session_rows as (
        select
            _submission_id,
            entity_code,
            session_code
        from {{ ref('stg_attendance_count') }}
        union all
        select
            _submission_id,
            entity_code,
            session_code
        from {{ ref('stg_session') }}
    ),

    -- Each found by its index: PostgreSQL cannot know how few they are and would read every response there is.
    new_responses as (
        select
            new_submissions.submission_id as _submission_id,
            null::bigint as _join_id,
            found._response_key
        from new_submissions
        cross join
            lateral (
                select * from {{ ref('stg_attendance_form') }} as responses
                where responses._submission_id = new_submissions.submission_id
                {{ one_by_one() }}
            ) as found
        where new_submissions.kind = 'attendance_form'
        union all
        select
            null as _submission_id,
            new_joins.join_id as _join_id,
            decided.response_key as _response_key
        from new_joins
        cross join
            lateral (
                select * from {{ ref('stg_response_session') }} as decisions
                where decisions.join_id = new_joins.join_id
                {{ one_by_one() }}
            ) as decided
    ),

    -- A new version or decision may take the response to another session or person: every version of it, under all that was ever
    -- decided about it, is touched.
    versions as (
        select
            new_responses._submission_id,
            new_responses._join_id,
            responses.entity_code,
            coalesce(responses.session_code, '') as session_code,
            {{ attendance_key('responses') }} as attendance_key
        from new_responses
        cross join lateral (
            select * from {{ ref('stg_attendance_form') }} as found
            where found._response_key = new_responses._response_key
            {{ one_by_one() }}
        ) as responses
    ),

    touched as (
        select distinct
            versions._submission_id,
            versions._join_id,
            versions.entity_code,
            versions.session_code,
            -- Responses decide whether a count stands: where there is one, the whole session.
            case when not exists (
                select 1 from {{ ref('stg_attendance_count') }} as counts
                where counts.entity_code = versions.entity_code and counts.session_code = versions.session_code
            ) then versions.attendance_key end as attendance_key
        from versions
        union all
        select distinct
            same_key.submission_id,
            null::bigint as _join_id,
            session_rows.entity_code,
            session_rows.session_code,
            null as attendance_key
        from same_key
        inner join session_rows on same_key.of_submission_id = session_rows._submission_id
    ),
{% endif %}
final as (
    select
        {{ next_touch_number() }} as touch_number,
        _submission_id,
        _join_id,
        entity_code,
        session_code,
        attendance_key
    from touched
)

select * from final
