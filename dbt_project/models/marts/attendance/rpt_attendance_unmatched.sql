{{
    config(
        materialized='incremental',
        incremental_strategy='replace_touched',
        on_schema_change='fail',
        meta={'slices': [{'keys': ['entity_code', 'session_code']}]},
        indexes=[{'columns': ['entity_code', 'session_code']}],
        pre_hook="{{ memory_for_large_sorts() }}",
        post_hook="{{ asof_function(parents=['int_attendance_responses', 'dim_session'], body=attendance_unmatched()) }}",
    )
}}
-- depends_on: {{ ref('stg_attendance_form') }}, {{ ref('int_attendance_responses') }}
{{ attendance_unmatched(only_touched=is_incremental()) }}
