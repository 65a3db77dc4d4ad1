{{ config(post_hook="{{ asof_function() }}") }}
-- depends_on: {{ ref('int_attendance_touched') }}
with sessions as (
    select * from {{ ref('stg_session') }}
),

months as (
    select * from {{ ref('int_calendar_periods') }}
    where period_type = 'month'
),

-- A postponed session comes again under its new month: what was held wins, then the latest date, then the last received.
known as (
    select distinct on (entity_code, session_code) *
    from sessions
    where
        {{ is_known('sessions') }}
        and session_on <= {{ cutoff() }}
    order by
        entity_code asc,
        session_code asc,
        session_status = 'held' desc,
        session_on desc,
        known_from desc,
        _submission_id desc,
        _row desc
),

final as (
    select
        known.entity_code,
        known.session_code,
        known.submitted_by_code as dependency_code,
        known.title,
        known.space_name,
        known.space_type,
        known.plan_code,
        known.activity_code,
        coalesce(known.instance_code, lower(known.instance_name)) as instance_key,
        known.session_on,
        months.fiscal_year,
        months.period_code,
        known.start_time,
        known.duration_hours,
        known.session_status,
        known.modality,
        known.venue,
        known.channel_url,
        known.locality_code,
        known.topic,
        known.minutes_url,
        known.known_from,
        known.is_reconstruction,
        known._submission_id,
        known._sheet,
        known._row
    from known
    inner join months
        on extract(year from known.session_on) = months.fiscal_year and known.session_on between months.period_start and months.period_end
)

select * from final
