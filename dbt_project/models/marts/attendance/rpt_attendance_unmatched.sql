{{
    config(
        materialized='incremental',
        incremental_strategy='replace_touched',
        on_schema_change='fail',
        meta={'slices': [{'keys': ['entity_code', 'session_code']}]},
        indexes=[{'columns': ['entity_code', 'session_code']}],
        post_hook="{{ asof_function(parents=['int_attendance_responses', 'dim_session'], body=attendance_unmatched()) }}",
    )
}}
{{ attendance_unmatched(only_touched=is_incremental()) }}
