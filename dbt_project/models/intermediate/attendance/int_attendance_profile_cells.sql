{{
    config(
        materialized='incremental',
        incremental_strategy='replace_touched',
        on_schema_change='fail',
        meta={'slices': [{'keys': ['entity_code', 'session_code']}]},
        indexes=[{'columns': ['entity_code', 'session_code']}, {'columns': ['_touch_number']}],
        grants={'select': ['pipc_publisher']},
        pre_hook="{{ memory_for_large_sorts() }}",
        post_hook=[
            "{{ asof_function(parents=['fct_attendance'], body=attendance_profile_cells()) }}",
            "{{ 'analyze ' ~ this if not is_incremental() }}",
        ],
    )
}}
-- depends_on: {{ ref('dim_session') }}
{{ attendance_profile_cells(only_touched=is_incremental()) }}
