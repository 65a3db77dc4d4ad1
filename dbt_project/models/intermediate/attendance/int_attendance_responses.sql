{{ config(materialized='view', post_hook="{{ asof_function() }}") }}

with final as (
    {{ latest_responses(ref('stg_attendance_form')) }}
)

select * from final
