{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with findings as (
    select * from {{ ref('rpt_data_quality') }}
),

submissions as (
    select * from {{ ref('dim_submission') }}
),

rules as (
    select * from {{ ref('stg_rule') }}
),

kinds as (
    select * from {{ ref('stg_contract_kind') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ periods() }},

-- What came in the place of a returned file settles it; a superseded file has been replaced already.
settled as (
    select
        entity_code,
        dependency_code,
        kind,
        period_code,
        max(received_at) as last_accepted_at
    from submissions
    where state in ('accepted', 'accepted_with_observations', 'superseded')
    group by entity_code, dependency_code, kind, period_code
),

placed as (
    select
        findings.*,
        submissions.file_name,
        case
            when findings.state in ('returned', 'unreadable') then coalesce(settled.last_accepted_at <= findings.received_at, true)
            else submissions.is_current
        end as is_open,
        own.period_name as own_period_name,
        -- A folder that names no period of the calendar counts in the year in which its file came.
        coalesce(own.fiscal_year, extract(year from findings.received_at at time zone 'America/Bogota')::integer) as fiscal_year,
        own.period_start,
        own.period_end
    from findings
    inner join submissions on findings.submission_id = submissions._submission_id
    left join settled
        on
            findings.entity_code = settled.entity_code
            and findings.dependency_code = settled.dependency_code
            and findings.kind = settled.kind
            and findings.period_code = settled.period_code
    left join periods as own on findings.period_code = own.period_code
),

containing as (
    select
        placed.submission_id,
        placed.entity_code,
        placed.dependency_code,
        placed.kind,
        placed.period_code as submission_period_code,
        coalesce(placed.own_period_name, placed.period_code) as submission_period_name,
        placed.file_name,
        placed.state,
        placed.received_at,
        placed.rule,
        placed.severity,
        placed.failed_rows,
        placed.findings_qty,
        placed.is_open,
        periods.fiscal_year,
        periods.period_code,
        periods.period_name,
        periods.period_label,
        periods.period_type,
        periods.period_type_name,
        periods.period_sort,
        periods.period_end
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
        containing.submission_period_code,
        containing.submission_period_name,
        containing.submission_id,
        containing.file_name,
        containing.state,
        {{ code_name('submission_state', 'containing.state') }} as state_name,
        containing.received_at,
        (containing.received_at at time zone 'America/Bogota')::date as cutoff_date,
        containing.rule,
        coalesce(rules.rule_text, containing.rule) as rule_text,
        rules.remedy_text,
        containing.severity,
        {{ code_name('severity', 'containing.severity') }} as severity_name,
        {{ code_sort('severity', 'containing.severity') }} as severity_sort,
        containing.is_open,
        {{ code_name('finding_open', 'containing.is_open::text') }} as is_open_name,
        containing.findings_qty,
        containing.failed_rows
    from containing
    left join rules on containing.rule = rules.rule
    left join entity_names on containing.entity_code = entity_names.entity_code
    {{ join_dependency_names('containing', 'containing.period_end') }}
    left join kinds on containing.kind = kinds.kind
)

select * from final
