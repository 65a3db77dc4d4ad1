{{ config(post_hook="{{ asof_function(parents=['rpt_activity_compliance', 'int_plan_cutoffs']) }}") }}

with compliance as (
    select * from {{ ref('rpt_activity_compliance') }}
    where early_qty > 0
),

cutoffs as (
    select * from {{ ref('int_plan_cutoffs') }}
),

programme as (
    select * from {{ ref('int_plan_months') }}
    where programmed_qty > 0
),

upcoming as (
    select
        compliance.entity_code,
        compliance.plan_code,
        compliance.fiscal_year,
        compliance.activity_code,
        compliance.period_code,
        compliance.cutoff_date,
        compliance.plan_version,
        compliance.early_qty,
        programme.month,
        programme.programmed_qty,
        coalesce(sum(programme.programmed_qty) over earlier, 0) as taken_before_qty,
        {{ lineage_columns('programme') }}
    from compliance
    inner join cutoffs
        on
            compliance.entity_code = cutoffs.entity_code
            and compliance.plan_code = cutoffs.plan_code
            and compliance.fiscal_year = cutoffs.fiscal_year
            and compliance.period_code = cutoffs.period_code
    inner join programme
        on
            cutoffs.plan_submission_id = programme._submission_id
            and compliance.activity_code = programme.activity_code
            and compliance.cutoff_date < programme.month_end
    window earlier as (
        partition by compliance.entity_code, compliance.plan_code, compliance.fiscal_year, compliance.activity_code, compliance.period_code
        order by programme.month
        rows between unbounded preceding and 1 preceding
    )
),

final as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        activity_code,
        period_code,
        month,
        cutoff_date,
        plan_version,
        programmed_qty,
        -- First in, first out: each programmed month is used up before the next is touched.
        least(programmed_qty, early_qty - taken_before_qty)::bigint as early_qty,
        {{ lineage_columns('upcoming') }}
    from upcoming
    where taken_before_qty < early_qty
)

select * from final
