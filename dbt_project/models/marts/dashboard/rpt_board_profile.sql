{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with profile as (
    select * from {{ ref('rpt_attendance_profile') }}
    where scope in ('entity', 'activity')
),

{{ activity_labels() }},

{{ plan_labels() }},

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

-- The profile is published by month and by year alone, and what it hides could be computed from any other sum of its cells:
-- a period of another class shows its year.
shown as (
    select
        period_code,
        case period_type when 'month' then period_code else fiscal_year::text end as window_code
    from periods
),

final as (
    select
        profile.entity_code,
        coalesce(entity_names.entity_name, profile.entity_code) as entity_name,
        profile.scope,
        {{ code_name('attendance_scope', 'profile.scope') }} as scope_name,
        profile.plan_code,
        {{ plan_and_activity_names('profile') }},
        activities.dependency_code,
        {{ dependency_name('activities') }} as dependency_name,
        {{ period_columns('periods') }},
        windows.period_type as window_type,
        windows.period_type_name as window_type_name,
        windows.period_code as window_code,
        windows.period_name as window_name,
        profile.cutoff_date,
        profile.dimension,
        {{ contract_label_of('attendance_form', profile_columns(), 'profile.dimension') }} as dimension_name,
        {{ place_among(profile_columns(), 'profile.dimension') }} as dimension_sort,
        profile.category,
        coalesce(profile.category_name, profile.category) as category_name,
        coalesce(profile.sort_order, 97) as category_sort,
        profile.attendances,
        case
            when profile.suppressed then '<{{ suppression_k() }}'
            -- As es-CO writes it: a point before every third digit.
            else replace(to_char(profile.attendances, 'FM999,999,999,999'), ',', '.')
        end as attendances_text,
        profile.pct,
        profile.base,
        profile.suppressed
    from profile
    inner join shown on profile.period_code = shown.window_code
    inner join periods on shown.period_code = periods.period_code
    inner join periods as windows on profile.period_code = windows.period_code
    left join entity_names on profile.entity_code = entity_names.entity_code
    {{ join_activity_labels('profile') }}
    {{ join_dependency_names('activities', 'periods.period_end') }}
)

select * from final
