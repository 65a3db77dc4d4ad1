{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with known_sessions as (
    select * from {{ ref('dim_session') }}
),

attendance as (
    select * from {{ ref('rpt_attendance_by_session') }}
),

statuses as (
    select * from {{ ref('session_status') }}
),

space_types as (
    select * from {{ ref('space_type') }}
),

modalities as (
    select * from {{ ref('modality') }}
),

localities as (
    select * from {{ ref('dim_locality') }}
),

{{ activity_labels() }},

{{ plan_labels() }},

{{ entity_names() }},

{{ dependency_names() }},

{{ month_periods() }},

sessions as (
    select
        known_sessions.entity_code,
        known_sessions.session_code,
        known_sessions.dependency_code,
        known_sessions.title,
        known_sessions.session_on,
        known_sessions.fiscal_year,
        known_sessions.period_code,
        known_sessions.session_status,
        known_sessions.space_type,
        known_sessions.modality,
        known_sessions.locality_code,
        coalesce(known_sessions.plan_code, 'none') as plan_code,
        coalesce(known_sessions.activity_code, 'none') as activity_code,
        case
            when attendance.session_code is null then 'none'
            when attendance.has_both_sources then 'both'
            when attendance.form_rows > 0 then 'form'
            else 'count'
        end as attendance_source,
        attendance.form_rows,
        attendance.attendances,
        attendance.unidentified_qty,
        attendance.counted_qty,
        attendance.distinct_persons
    from known_sessions
    left join attendance on known_sessions.entity_code = attendance.entity_code and known_sessions.session_code = attendance.session_code
),

final as (
    select
        sessions.entity_code,
        coalesce(entity_names.entity_name, sessions.entity_code) as entity_name,
        sessions.plan_code,
        {{ plan_and_activity_names('sessions') }},
        sessions.dependency_code,
        {{ dependency_name('sessions') }} as dependency_name,
        {{ period_columns('month_periods') }},
        sessions.session_code,
        sessions.title,
        sessions.session_on,
        date_trunc('month', sessions.session_on)::date as session_month,
        sessions.session_status,
        statuses.label as session_status_name,
        sessions.space_type,
        coalesce(space_types.label, 'Sin dato') as space_type_name,
        sessions.modality,
        coalesce(modalities.label, 'Sin dato') as modality_name,
        sessions.locality_code,
        coalesce(localities.locality_name, sessions.locality_code, 'Sin localidad') as locality_name,
        sessions.session_on as cutoff_date,
        sessions.attendance_source,
        {{ code_name('attendance_source', 'sessions.attendance_source') }} as attendance_source_name,
        sessions.form_rows,
        sessions.attendances,
        sessions.unidentified_qty,
        sessions.counted_qty,
        sessions.distinct_persons
    from sessions
    inner join month_periods on sessions.period_code = month_periods.month_code
    left join entity_names on sessions.entity_code = entity_names.entity_code
    {{ join_activity_labels('sessions') }}
    {{ join_dependency_names('sessions', 'month_periods.period_end') }}
    left join statuses on sessions.session_status = statuses.code
    left join space_types on sessions.space_type = space_types.code
    left join modalities on sessions.modality = modalities.code
    left join localities on sessions.locality_code = localities.locality_code
)

select * from final
