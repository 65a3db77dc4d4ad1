{{ config(post_hook="{{ asof_function() }}") }}

with assessed as (
    select * from {{ ref('stg_self_assessment') }}
),

known as (
    select distinct on (entity_code, policy, component, category, activity, measured_year) *
    from assessed
    where
        {{ is_known('assessed') }}
        and make_date(measured_year, 12, 31) <= {{ cutoff() }}
    order by
        entity_code, policy, component, category, activity, measured_year, known_from desc, _submission_id desc, _row desc
),

levelled as (
    select
        known.*,
        case when score <= 20 then 1 when score <= 40 then 2 when score <= 60 then 3 when score <= 80 then 4 else 5 end as score_level
    from known
),

final as (
    select
        entity_code,
        policy,
        component,
        category,
        activity,
        measured_year,
        case
            when activity is not null then 'activity'
            when category is not null then 'category'
            when component is not null then 'component'
            else 'policy'
        end as item_level,
        coalesce(activity, category, component, policy) as item_name,
        measured_year::text as period_code,
        -- When it was made, not what it measures, says in which report it appears.
        coalesce(assessed_on, (known_from at time zone 'America/Bogota')::date) as assessed_on,
        score,
        score_level,
        {{ code_name('assessment_level', 'score_level::text') }} as score_level_name,
        observation,
        known_from,
        is_reconstruction,
        {{ lineage_columns('levelled') }}
    from levelled
)

select * from final
