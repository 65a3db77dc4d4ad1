{{
    config(
        materialized='incremental',
        incremental_strategy='replace_touched',
        on_schema_change='fail',
        meta={'slices': [{'keys': ['entity_code', 'session_code']}]},
        indexes=[{'columns': ['entity_code', 'session_code'], 'unique': true}],
        pre_hook="{{ memory_for_large_sorts() }}",
        post_hook="{{ asof_function(parents=['fct_attendance', 'int_attendance_counts', 'dim_session'], body=attendance_by_session()) }}",
    )
}}
{{ attendance_by_session(only_touched=is_incremental()) }}
