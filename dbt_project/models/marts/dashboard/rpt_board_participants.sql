{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with participants as (
    select * from {{ ref('rpt_participants_by_month') }}
),

{{ activity_labels() }},

{{ plan_labels() }},

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

{{ month_periods() }},

-- A period shows the months inside it, and beside them its year: nothing between a month and a year has its persons counted.
shown as (
    select
        period_code,
        month_code as window_code
    from month_periods
    union all
    select
        period_code,
        fiscal_year::text as window_code
    from periods
),

final as (
    select
        participants.entity_code,
        coalesce(entity_names.entity_name, participants.entity_code) as entity_name,
        participants.scope,
        {{ code_name('attendance_scope', 'participants.scope') }} as scope_name,
        participants.plan_code,
        {{ plan_and_activity_names('participants') }},
        activities.dependency_code,
        {{ dependency_name('activities') }} as dependency_name,
        {{ period_columns('periods') }},
        windows.period_type as window_type,
        windows.period_type_name as window_type_name,
        windows.period_code as window_code,
        windows.period_name as window_name,
        windows.period_sort as window_sort,
        windows.period_start as window_start,
        participants.cutoff_date,
        participants.form_rows,
        participants.attendances,
        participants.distinct_persons
    from participants
    inner join shown on participants.window_code = shown.window_code
    inner join periods on shown.period_code = periods.period_code
    inner join periods as windows on participants.window_code = windows.period_code
    left join entity_names on participants.entity_code = entity_names.entity_code
    {{ join_activity_labels('participants') }}
    {{ join_dependency_names('activities', 'periods.period_end') }}
)

select * from final
