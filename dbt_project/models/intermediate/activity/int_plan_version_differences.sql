{{ config(post_hook="{{ asof_function() }}") }}

with activities as (
    select * from {{ ref('int_plan_activities') }} as plan_activities
    where
        {{ is_known('plan_activities') }}
        and approved_on <= {{ cutoff() }}
),

months as (
    select * from {{ ref('int_plan_months') }}
),

versions as (
    select distinct
        entity_code,
        plan_code,
        fiscal_year,
        plan_version,
        approved_on,
        effective_from,
        _submission_id
    from activities
),

pairs as (
    select
        entity_code,
        plan_code,
        fiscal_year,
        plan_version,
        approved_on,
        effective_from,
        _submission_id,
        lag(plan_version) over successive as previous_version,
        lag(approved_on) over successive as previous_approved_on,
        lag(_submission_id) over successive as previous_submission_id
    from versions
    window successive as (partition by entity_code, plan_code, fiscal_year order by plan_version)
),

sides as (
    select
        _submission_id as pair_id,
        true as is_new,
        _submission_id as side_id
    from pairs
    where previous_version is not null
    union all
    select
        _submission_id as pair_id,
        false as is_new,
        previous_submission_id as side_id
    from pairs
    where previous_version is not null
),

cells as (
    select
        sides.pair_id,
        sides.is_new,
        months.activity_code,
        'programmed_qty' as changed_attribute,
        months.month,
        -- Not programmed and programmed 0 are the same quantity.
        nullif(months.programmed_qty, 0)::text as cell_value
    from sides
    inner join months on sides.side_id = months._submission_id
    union all
    select
        sides.pair_id,
        sides.is_new,
        activities.activity_code,
        attributes.changed_attribute,
        null::date as month,
        attributes.cell_value
    from sides
    inner join activities on sides.side_id = activities._submission_id
    cross join lateral (
        values
        ('activity', activities.activity_code),
        ('activity_name', activities.activity_name),
        ('unit_of_measure', activities.unit_of_measure),
        ('dependency_code', activities.dependency_code),
        ('is_cancelled', activities.is_cancelled::text)
    ) as attributes (changed_attribute, cell_value)
),

compared as (
    select
        pair_id,
        activity_code,
        changed_attribute,
        month,
        max(cell_value) filter (where not is_new) as previous_value,
        max(cell_value) filter (where is_new) as new_value,
        bool_or(changed_attribute = 'activity' and count(*) = 1) over (partition by pair_id, activity_code) as is_added_or_dropped
    from cells
    group by pair_id, activity_code, changed_attribute, month
),

final as (
    select
        pairs.entity_code,
        pairs.plan_code,
        pairs.fiscal_year,
        pairs.plan_version,
        pairs.previous_version,
        pairs.approved_on,
        pairs.previous_approved_on,
        pairs.effective_from,
        compared.activity_code,
        compared.changed_attribute,
        compared.month,
        compared.previous_value,
        compared.new_value,
        case
            when compared.changed_attribute = 'programmed_qty'
                then coalesce(compared.new_value::bigint, 0) - coalesce(compared.previous_value::bigint, 0)
        end as difference_qty,
        pairs._submission_id
    from compared
    inner join pairs on compared.pair_id = pairs._submission_id
    where
        compared.previous_value is distinct from compared.new_value
        -- An activity that enters or leaves is one difference, beside those of its months.
        and (not compared.is_added_or_dropped or compared.changed_attribute in ('activity', 'programmed_qty'))
)

select * from final
