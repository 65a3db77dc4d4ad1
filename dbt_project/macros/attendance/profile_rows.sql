{# The shown cells, and without numbers every category of a hidden unit and every hidden category of a shown one. #}
{% macro profile_rows() %}
codelists as (
    {%- for profile in profile_dimensions() %}
    select '{{ profile.dimension }}' as dimension, code as category, label as category_name, sort_order
    from {{ ref(profile.dimension) }}
    union all
    select '{{ profile.dimension }}', 'no_data', 'Sin dato', 99
    union all
    {%- endfor %}
    select 'locality', 'no_answer', 'No responde', 98
),

top_categories as (
    select
        entity_code,
        fiscal_year,
        dimension,
        category,
        is_hidden_category,
        count(*) over (partition by entity_code, fiscal_year, dimension) = 1 and is_hidden_category as is_alone
    from decided
    where level = 1
),

-- Where only one category has people, its row alone would tell the count: the whole list is shown as hidden.
listed_categories as (
    select
        top_categories.entity_code,
        top_categories.fiscal_year,
        top_categories.dimension,
        codelists.category,
        top_categories.is_hidden_category
    from top_categories
    inner join codelists
        on
            top_categories.dimension = codelists.dimension
            and (top_categories.is_alone or top_categories.category = codelists.category)
),

units as (
    select distinct
        level,
        entity_code,
        fiscal_year,
        plan_code,
        activity_code,
        period_code,
        session_code,
        dimension,
        base,
        is_hidden
    from decided
),

published as (
    select
        level,
        entity_code,
        fiscal_year,
        plan_code,
        activity_code,
        period_code,
        session_code,
        dimension,
        category,
        base,
        attendances
    from decided
    where not is_hidden and not is_hidden_category
    union all
    select
        units.level,
        units.entity_code,
        units.fiscal_year,
        units.plan_code,
        units.activity_code,
        units.period_code,
        units.session_code,
        units.dimension,
        listed_categories.category,
        units.base,
        null
    from units
    inner join listed_categories
        on
            units.entity_code = listed_categories.entity_code
            and units.fiscal_year = listed_categories.fiscal_year
            and units.dimension = listed_categories.dimension
    where units.is_hidden or listed_categories.is_hidden_category
),

final as (
    select
        case when published.level in (0, 1) then 'entity' when published.level = 4 then 'session' else 'activity' end as scope,
        published.entity_code,
        coalesce(published.plan_code, 'all') as plan_code,
        coalesce(published.activity_code, 'all') as activity_code,
        coalesce(published.session_code, 'all') as session_code,
        periods.period_type,
        periods.period_code,
        published.fiscal_year,
        least(periods.period_end, {{ cutoff() }}) as cutoff_date,
        published.dimension,
        published.category,
        codelists.category_name,
        codelists.sort_order::integer as sort_order,
        published.attendances,
        {{ pct('published.attendances', 'published.base') }} as pct,
        published.base,
        published.attendances is null as suppressed,
        {{ touch_number() }} as _touch_number
    from published
    inner join periods on coalesce(published.period_code, published.fiscal_year::text) = periods.period_code
    left join codelists on published.dimension = codelists.dimension and published.category = codelists.category
)
{% endmacro %}
