{{
    config(
        materialized='incremental',
        incremental_strategy='replace_touched',
        on_schema_change='fail',
        meta={'slices': [{
            'keys': ['entity_code', 'scope', 'plan_code', 'activity_code', 'window_code'],
            'log_name': 'int_attendance_touched_windows',
        }]},
        indexes=[{'columns': ['entity_code', 'scope', 'plan_code', 'activity_code', 'window_code'], 'unique': true}],
        pre_hook="{{ memory_for_large_sorts() }}",
        post_hook="{{ asof_function(parents=['fct_attendance', 'rpt_attendance_by_session', 'dim_session'], body=attendance_participants()) }}",
    )
}}
-- depends_on: {{ ref('int_attendance_touched_windows') }}
{{ attendance_participants(only_touched=is_incremental()) }}
