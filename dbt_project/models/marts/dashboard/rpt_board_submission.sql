{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with timeliness as (
    select * from {{ ref('rpt_submission_timeliness') }}
),

expected as (
    select * from {{ ref('int_expected_reports') }}
),

kinds as (
    select * from {{ ref('stg_contract_kind') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

-- Nothing but reports is expected before it comes: what was received was expected.
obligations as (
    select
        coalesce(timeliness.entity_code, expected.entity_code) as entity_code,
        coalesce(timeliness.dependency_code, expected.dependency_code) as dependency_code,
        coalesce(timeliness.kind, expected.kind) as kind,
        coalesce(timeliness.period_code, expected.period_code) as own_period_code,
        timeliness.state,
        coalesce(timeliness.due_at, expected.due_at) as due_at,
        timeliness.first_received_at,
        timeliness.first_accepted_at,
        timeliness.received_at,
        timeliness.on_time,
        coalesce(timeliness.submissions_qty, 0) as files_qty,
        coalesce(timeliness.rejected_qty, 0) as returned_files_qty,
        coalesce(timeliness.rows_read, 0) as rows_read,
        coalesce(timeliness.rows_accepted, 0) as rows_accepted,
        coalesce(timeliness.rows_quarantined, 0) as rows_quarantined,
        coalesce(timeliness.is_reconstruction, expected.is_reconstruction) as is_reconstruction,
        case
            when timeliness.submission_id is null then 'missing'
            when timeliness.first_accepted_at is null then 'returned'
            when timeliness.on_time then 'on_time'
            when not timeliness.on_time then 'late'
            else 'received'
        end as obligation_state
    from timeliness
    full outer join expected
        on
            timeliness.entity_code = expected.entity_code
            and timeliness.dependency_code = expected.dependency_code
            and timeliness.kind = expected.kind
            and timeliness.period_code = expected.period_code
),

placed as (
    -- A folder that names no period of the calendar counts in the year in which its file came.
    select
        obligations.*,
        own.period_name as own_period_name,
        coalesce(own.fiscal_year, extract(year from obligations.first_received_at at time zone 'America/Bogota')::integer) as fiscal_year,
        own.period_start,
        own.period_end
    from obligations
    left join periods as own on obligations.own_period_code = own.period_code
),

containing as (
    select
        placed.*,
        periods.period_code,
        periods.period_name,
        periods.period_label,
        periods.period_type,
        periods.period_type_name,
        periods.period_sort,
        periods.period_end as board_period_end,
        (max(placed.received_at) over (partition by placed.entity_code, placed.fiscal_year) at time zone 'America/Bogota')::date as cutoff_date
    from placed
    inner join periods
        on
            placed.fiscal_year = periods.fiscal_year
            and coalesce(placed.period_start, periods.period_start) >= periods.period_start
            and coalesce(placed.period_end, periods.period_end) <= periods.period_end
            and (placed.period_start is not null or periods.period_type = 'year')
),

final as (
    select
        containing.entity_code,
        coalesce(entity_names.entity_name, containing.entity_code) as entity_name,
        containing.dependency_code,
        {{ dependency_name('containing') }} as dependency_name,
        {{ period_columns('containing') }},
        containing.kind,
        coalesce(kinds.kind_name, containing.kind) as kind_name,
        kinds.kind_sort,
        containing.own_period_code as submission_period_code,
        coalesce(containing.own_period_name, containing.own_period_code) as submission_period_name,
        containing.period_start as submission_period_start,
        (containing.due_at at time zone 'America/Bogota')::date as due_on,
        containing.due_at,
        containing.obligation_state,
        {{ code_name('obligation_state', 'containing.obligation_state') }} as obligation_state_name,
        {{ code_sort('obligation_state', 'containing.obligation_state') }} as obligation_state_sort,
        containing.state,
        {{ code_name('submission_state', 'containing.state') }} as state_name,
        containing.first_received_at,
        containing.received_at,
        (containing.first_accepted_at at time zone 'America/Bogota')::date as accepted_on,
        case
            when containing.obligation_state = 'late'
                then
                    (containing.first_accepted_at at time zone 'America/Bogota')::date
                    - (containing.due_at at time zone 'America/Bogota')::date
        end as days_late,
        1 as expected_qty,
        (containing.files_qty > 0)::integer as received_qty,
        (containing.first_accepted_at is not null)::integer as accepted_qty,
        (containing.due_at is not null)::integer as with_due_qty,
        (containing.obligation_state = 'on_time')::integer as on_time_qty,
        (containing.obligation_state = 'late')::integer as late_qty,
        (containing.obligation_state = 'returned')::integer as returned_qty,
        (containing.obligation_state = 'missing')::integer as missing_qty,
        containing.files_qty,
        containing.returned_files_qty,
        containing.rows_read,
        containing.rows_accepted,
        containing.rows_quarantined,
        containing.is_reconstruction,
        containing.cutoff_date
    from containing
    left join entity_names on containing.entity_code = entity_names.entity_code
    {{ join_dependency_names('containing', 'containing.board_period_end') }}
    left join kinds on containing.kind = kinds.kind
)

select * from final
