{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with timeliness as (
    select * from {{ ref('rpt_submission_timeliness') }}
),

kinds as (
    select * from {{ ref('stg_contract_kind') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

placed as (
    select
        timeliness.entity_code,
        timeliness.dependency_code,
        timeliness.kind,
        timeliness.period_code as own_period_code,
        timeliness.obligation_state,
        timeliness.delivery_state,
        timeliness.state,
        timeliness.due_at,
        timeliness.first_received_at,
        timeliness.first_accepted_at,
        timeliness.received_at,
        timeliness.days_late,
        timeliness.expected_qty,
        timeliness.received_qty,
        timeliness.accepted_qty,
        timeliness.with_due_qty,
        timeliness.on_time_qty,
        timeliness.late_qty,
        timeliness.returned_qty,
        timeliness.missing_qty,
        timeliness.reviewed_at,
        timeliness.open_observations_qty,
        timeliness.submissions_qty as files_qty,
        timeliness.rejected_qty as returned_files_qty,
        timeliness.rows_read,
        timeliness.rows_accepted,
        timeliness.rows_quarantined,
        timeliness.is_reconstruction,
        own.period_name as own_period_name,
        -- A folder that names no period of the calendar counts in the year in which its file came.
        coalesce(own.fiscal_year, extract(year from timeliness.first_received_at at time zone 'America/Bogota')::integer) as fiscal_year,
        own.period_start,
        own.period_end
    from timeliness
    left join periods as own on timeliness.period_code = own.period_code
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
        containing.delivery_state,
        {{ code_name('delivery_state', 'containing.delivery_state') }} as delivery_state_name,
        {{ code_sort('delivery_state', 'containing.delivery_state') }} as delivery_state_sort,
        containing.obligation_state,
        {{ code_name('obligation_state', 'containing.obligation_state') }} as obligation_state_name,
        {{ code_sort('obligation_state', 'containing.obligation_state') }} as obligation_state_sort,
        containing.state,
        {{ code_name('submission_state', 'containing.state') }} as state_name,
        containing.first_received_at,
        containing.received_at,
        (containing.first_accepted_at at time zone 'America/Bogota')::date as accepted_on,
        case when containing.delivery_state = 'late' then containing.days_late end as days_late,
        (containing.reviewed_at at time zone 'America/Bogota')::date as reviewed_on,
        containing.open_observations_qty,
        containing.expected_qty,
        containing.received_qty,
        containing.accepted_qty,
        containing.with_due_qty,
        containing.on_time_qty,
        containing.late_qty,
        containing.returned_qty,
        containing.missing_qty,
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
