{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

with reports as (
    select * from {{ ref('fct_commitment_status') }}
),

statuses as (
    select * from {{ ref('commitment_status') }}
),

{{ entity_names() }},

{{ dependency_names() }},

{{ month_periods() }},

-- A status holds from its cut-off until the commitment comes in another one.
spans as (
    select
        entity_code,
        dependency_code,
        in_charge,
        status,
        status_cutoff as holds_from,
        coalesce(
            lead(status_cutoff) over (partition by entity_code, dependency_code, commitment_code order by status_cutoff), 'infinity'::date
        ) as holds_until
    from reports
),

-- Every dependency stands at every cut-off of its entity: otherwise a cut-off would lack those that did not report at it.
cutoffs as (
    select distinct
        entity_code,
        status_cutoff
    from reports
),

counted as (
    select
        spans.entity_code,
        spans.dependency_code,
        cutoffs.status_cutoff,
        spans.in_charge,
        spans.status,
        count(*) as standing_qty,
        count(*) filter (where spans.holds_from = cutoffs.status_cutoff) as reported_qty
    from cutoffs
    inner join spans
        on
            cutoffs.entity_code = spans.entity_code
            and cutoffs.status_cutoff >= spans.holds_from
            and cutoffs.status_cutoff < spans.holds_until
    group by 1, 2, 3, 4, 5
),

final as (
    select
        counted.entity_code,
        coalesce(entity_names.entity_name, counted.entity_code) as entity_name,
        counted.dependency_code,
        {{ dependency_name('counted') }} as dependency_name,
        {{ period_columns('month_periods') }},
        counted.status_cutoff,
        to_char(counted.status_cutoff, 'DD/MM/YYYY') as status_cutoff_name,
        counted.status_cutoff = max(counted.status_cutoff) over (partition by counted.entity_code, month_periods.period_code)
            as is_last_of_period,
        counted.in_charge,
        {{ code_name('in_charge', 'counted.in_charge::text') }} as in_charge_name,
        counted.status,
        statuses.label as status_name,
        statuses.sort_order as status_sort,
        counted.status_cutoff as cutoff_date,
        counted.reported_qty,
        counted.standing_qty
    from counted
    inner join month_periods on date_trunc('month', counted.status_cutoff)::date = month_periods.month
    left join entity_names on counted.entity_code = entity_names.entity_code
    {{ join_dependency_names('counted', 'month_periods.period_end') }}
    left join statuses on counted.status = statuses.code
)

select * from final
