{{ config(post_hook="{{ asof_function(parents=['int_plan_version_differences']) }}") }}

with differences as (
    select * from {{ ref('int_plan_version_differences') }}
),

requests as (
    select * from {{ ref('stg_plan_change_request') }} as change_requests
    where
        {{ is_known('change_requests') }}
        and request_status in ('approved', 'applied')
),

matched as (
    select
        differences.entity_code,
        differences.plan_code,
        differences.fiscal_year,
        differences.plan_version,
        differences.activity_code,
        differences.changed_attribute,
        differences.month,
        string_agg(distinct requests.request_code, ', ' order by requests.request_code) as request_codes,
        -- A request that names no quantity covers any; otherwise the requests together must cover the difference.
        bool_or(requests.change_qty is null) or sum(requests.change_qty) >= coalesce(abs(max(differences.difference_qty)), 0) as is_covered
    from differences
    inner join requests
        on
            differences.entity_code = requests.entity_code
            and differences.plan_code = requests.plan_code
            and differences.fiscal_year = requests.fiscal_year
            and differences.activity_code = requests.activity_code
            and case
                when requests.target_version is not null then differences.plan_version = requests.target_version
                else requests.decided_on > differences.previous_approved_on and requests.decided_on <= differences.approved_on
            end
            and case differences.changed_attribute
                when 'programmed_qty'
                    then
                        requests.change_type in ('add', 'remove', 'move_month', 'change_quantity', 'carry_to_next_year')
                        and case
                            when requests.change_type = 'move_month' and differences.difference_qty < 0 then differences.month = requests.month_from
                            when requests.change_type = 'move_month' then differences.month = requests.month_to
                            when coalesce(requests.month_from, requests.month_to) is null then true
                            else differences.month in (requests.month_from, requests.month_to)
                        end
                when 'activity' then requests.change_type in ('add', 'remove', 'carry_to_next_year')
                when 'activity_name' then requests.change_type = 'rename'
                when 'unit_of_measure' then requests.change_type = 'change_unit'
                when 'is_cancelled' then requests.change_type in ('add', 'remove', 'carry_to_next_year')
                -- No type of request is about the dependency alone: any approved one of the activity answers for it.
                else true
            end
    group by
        differences.entity_code, differences.plan_code, differences.fiscal_year, differences.plan_version,
        differences.activity_code, differences.changed_attribute, differences.month
),

final as (
    select
        differences.entity_code,
        differences.plan_code,
        differences.fiscal_year,
        differences.plan_version,
        differences.previous_version,
        differences.activity_code,
        differences.changed_attribute,
        differences.month,
        differences.previous_value,
        differences.new_value,
        differences.difference_qty,
        differences.approved_on,
        differences.effective_from,
        coalesce(differences.month < differences.effective_from, false) as is_retroactive,
        coalesce(matched.is_covered, false) as is_justified,
        matched.request_codes,
        differences._submission_id
    from differences
    left join matched
        on
            differences.entity_code = matched.entity_code
            and differences.plan_code = matched.plan_code
            and differences.fiscal_year = matched.fiscal_year
            and differences.plan_version = matched.plan_version
            and differences.activity_code = matched.activity_code
            and differences.changed_attribute = matched.changed_attribute
            and differences.month is not distinct from matched.month
)

select * from final
