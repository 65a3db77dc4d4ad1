{{
    config(
        materialized='incremental',
        incremental_strategy='replace_touched',
        on_schema_change='fail',
        meta={'slices': [
            {'keys': ['attendance_key'], 'condition': 'attendance_key is not null'},
            {'keys': ['entity_code', 'session_code'], 'condition': 'attendance_key is null'},
        ]},
        indexes=[
            {'columns': ['attendance_key'], 'unique': true},
            {'columns': ['entity_code', 'session_code']},
            {'columns': ['_touch_number']},
        ],
        pre_hook="{{ memory_for_large_sorts() }}",
        post_hook=[
            "{{ asof_function(parents=['int_attendance_responses', 'int_attendance_counts', 'dim_session'], body=attendance_facts()) }}",
            "{{ 'analyze ' ~ this if not is_incremental() }}",
        ],
    )
}}
-- depends_on: {{ ref('stg_attendance_form') }}, {{ ref('int_attendance_responses') }}
{{ attendance_facts(only_touched=is_incremental()) }}
