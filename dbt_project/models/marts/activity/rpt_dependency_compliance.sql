{{ config(post_hook="{{ asof_function(parents=['rpt_activity_compliance']) }}") }}

with activities as (
    select * from {{ ref('rpt_activity_compliance') }}
),

{{ compliance_rollup(keys=['dependency_code', 'dependency_name']) }}

select * from final
