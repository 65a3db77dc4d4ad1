with quarantined as (
    select * from {{ ref('stg_execution_report_quarantine') }}
),

months as (
    select * from {{ ref('int_calendar_periods') }}
    where period_type = 'month'
),

plan_activities as (
    select * from {{ ref('int_plan_activities') }}
),

planned as (
    select distinct
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        dependency_code
    from plan_activities
),

planned_codes as (
    select distinct
        entity_code,
        fiscal_year,
        activity_code
    from planned
),

named as (
    select
        quarantined.entity_code,
        quarantined.fiscal_year,
        quarantined.period_code,
        quarantined.submitted_by_code,
        quarantined.known_from,
        quarantined.known_to,
        quarantined._submission_id,
        planned_codes.activity_code as planned_code
    from quarantined
    left join planned_codes
        on
            quarantined.entity_code = planned_codes.entity_code
            and quarantined.fiscal_year = planned_codes.fiscal_year
            and quarantined.activity_code = planned_codes.activity_code
),

final as (
    select distinct
        planned.entity_code,
        planned.plan_code,
        planned.fiscal_year,
        planned.activity_code,
        months.period_start as month,
        named.known_from,
        named.known_to,
        named._submission_id
    from named
    inner join months on named.period_code = months.period_code
    -- A row whose activity cannot be told may be about any activity of its sender.
    inner join planned
        on
            named.entity_code = planned.entity_code
            and named.fiscal_year = planned.fiscal_year
            and case
                when named.planned_code is not null then named.planned_code = planned.activity_code
                else named.submitted_by_code = planned.dependency_code
            end
)

select * from final
