{{
    config(
        materialized='incremental',
        incremental_strategy='replace_touched',
        on_schema_change='fail',
        meta={'slices': [{'keys': ['entity_code', 'fiscal_year'], 'log_name': 'int_attendance_touched_windows'}]},
        indexes=[{'columns': ['entity_code', 'fiscal_year']}, {'columns': ['_touch_number']}],
        pre_hook="{{ memory_for_large_sorts() }}",
        post_hook="{{ asof_function(parents=['int_attendance_profile_cells', 'dim_session'], body=attendance_profile()) }}",
    )
}}
-- depends_on: {{ ref('int_attendance_touched_windows') }}
{{ attendance_profile(only_touched=is_incremental()) }}
