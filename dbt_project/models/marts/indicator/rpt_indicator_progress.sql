{{ config(post_hook="{{ asof_function(parents=['fct_indicator_value']) }}") }}

with facts as (
    select * from {{ ref('fct_indicator_value') }}
),

observed as (
    select
        facts.*,
        row_number() over (
            partition by entity_code, indicator_code
            order by period_end desc, period_start desc
        ) as recency,
        row_number() over (
            partition by entity_code, indicator_code
            order by value is null, period_end desc, period_start desc
        ) as baseline_order
    from facts
    where value_role = 'observed'
),

targets as (
    -- The target that comes next: the first that ends at or after the last measurement, else the last there is.
    select distinct on (facts.entity_code, facts.indicator_code)
        facts.entity_code,
        facts.indicator_code,
        facts.period_code,
        facts.unit,
        facts.value
    from facts
    left join observed
        on
            facts.entity_code = observed.entity_code
            and facts.indicator_code = observed.indicator_code
            and observed.recency = 1
    where facts.value_role = 'target'
    order by
        facts.entity_code,
        facts.indicator_code,
        coalesce(facts.period_end >= observed.period_end, true) desc,
        case when coalesce(facts.period_end >= observed.period_end, true) then facts.period_end end asc,
        facts.period_end desc
),

joined as (
    select
        latest.entity_code,
        latest.indicator_code,
        latest.indicator_name,
        latest.pillar,
        latest.unit,
        latest.direction,
        latest.period_end as cutoff_date,
        former.period_code as previous_period_code,
        former.value as previous_value,
        former.missing_kind as previous_missing_kind,
        latest.period_code as latest_period_code,
        latest.value as latest_value,
        latest.missing_kind as latest_missing_kind,
        baselines.period_code as baseline_period_code,
        baselines.value as baseline_value,
        targets.period_code as target_period_code,
        targets.value as target_value,
        case when former.unit = latest.unit then latest.value - former.value end as change_value,
        case
            when baselines.unit = targets.unit and latest.direction = 'down_is_better' then baselines.value - targets.value
            when baselines.unit = targets.unit then targets.value - baselines.value
        end as gap_value,
        latest.is_reconstruction
    from observed as latest
    left join observed as former
        on
            latest.entity_code = former.entity_code
            and latest.indicator_code = former.indicator_code
            and former.recency = 2
    left join observed as baselines
        on
            latest.entity_code = baselines.entity_code
            and latest.indicator_code = baselines.indicator_code
            and baselines.baseline_order = 1
            and baselines.value is not null
    left join targets
        on
            latest.entity_code = targets.entity_code
            and latest.indicator_code = targets.indicator_code
    where latest.recency = 1
),

judged as (
    select
        joined.*,
        case
            when change_value is null then 'not_comparable'
            when change_value > 0 then 'up'
            when change_value < 0 then 'down'
            else 'flat'
        end as trend
    from joined
),

final as (
    select
        entity_code,
        indicator_code,
        indicator_name,
        pillar,
        unit,
        direction,
        cutoff_date,
        previous_period_code,
        previous_value,
        previous_missing_kind,
        latest_period_code,
        latest_value,
        latest_missing_kind,
        change_value,
        trend,
        {{ code_name('indicator_trend', 'trend') }} as trend_name,
        case
            when change_value is null or change_value = 0 then null
            else (change_value > 0) = (direction = 'up_is_better')
        end as is_improvement,
        baseline_period_code,
        baseline_value,
        target_period_code,
        target_value,
        gap_value,
        {{ pct('gap_value', 'abs(target_value)') }} as gap_pct,
        coalesce(gap_value <= 0, false) as is_target_met,
        is_reconstruction
    from judged
)

select * from final
