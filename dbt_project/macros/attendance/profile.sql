{# rpt_attendance_profile. Counts under k must not be shown, nor be computable from what is shown. The units form a tree:

       entity and year (1)  >  activity and year (2)  >  activity and month (3)  >  session (4)

   and a unit equals the sum of its children, so everything published is a sum over this tree and over the categories.
   At the top, categories are hidden one by one: those that are small, and the next smallest until two are hidden and hold k people
   together; they stay hidden in the whole tree. Below, a unit is shown or hidden whole: of a shown parent's children the unsafe ones
   are hidden together with the smallest others, until at least two are, and what they hold together (parent less its shown children)
   has no category between 1 and k - 1 and more than one category. Any count could then be moved between two hidden units and two
   categories with every published number left as it is. Where a unit is hidden, so is all below it.
   Entity and month is not in the tree: it is shown where nothing inside it is hidden, so it says nothing new.

   Unsafe: a count from 1 to k - 1, or one category holding everybody while a session below has fewer than k. #}
{% macro attendance_profile(only_touched=false) %}
with
{{ profile_units(only_touched) }},
{{ profile_top() }},
{{ profile_children(2) }},
{{ profile_children(3) }},
{{ profile_children(4) }},
{{ profile_output() }}
select * from final
{% endmacro %}

{# Cells of every unit of the tree (`cells`), and each unit's base and smallest session (`units`). #}
{% macro profile_units(only_touched) %}
session_cells as (
    select * from {{ ref('int_attendance_profile_cells') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

months as (
    select * from {{ ref('int_calendar_periods') }} where period_type in ('month', 'year')
),

codelists as (
    {%- for profile in profile_dimensions() %}
    select '{{ profile.dimension }}' as dimension, code as category, label as category_name, sort_order
    from {{ ref(profile.dimension) }}
    union all
    select '{{ profile.dimension }}', 'no_data', 'Sin dato', 99
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    union all
    select 'locality', 'no_answer', 'No responde', 98
),

{% if only_touched %}
touched_years as (
    {{ touched(['entity_code', 'fiscal_year'], log_name='int_attendance_touched_windows') }}
),
{% endif %}
placed as (
    select
        session_cells.entity_code,
        sessions.fiscal_year,
        coalesce(sessions.plan_code, 'none') as plan_code,
        coalesce(sessions.activity_code, 'none') as activity_code,
        sessions.period_code,
        session_cells.session_code,
        session_cells.dimension,
        session_cells.category,
        session_cells.attendances
    from session_cells
    inner join sessions on session_cells.entity_code = sessions.entity_code and session_cells.session_code = sessions.session_code
    {% if only_touched %}
    inner join touched_years on sessions.entity_code = touched_years.entity_code and sessions.fiscal_year = touched_years.fiscal_year
    {% endif %}
),

cells as (
    select
        case
            when grouping(session_code) = 0 then 4
            when grouping(plan_code) = 0 and grouping(period_code) = 0 then 3
            when grouping(plan_code) = 0 then 2
            when grouping(period_code) = 0 then 0
            else 1
        end as level,
        entity_code,
        fiscal_year,
        plan_code,
        activity_code,
        period_code,
        session_code,
        dimension,
        category,
        sum(attendances)::bigint as attendances
    from placed
    group by
        entity_code, fiscal_year, dimension, category,
        grouping sets (
            (plan_code, activity_code, period_code, session_code), (plan_code, activity_code, period_code), (plan_code, activity_code),
            (period_code), ()
        )
),

-- A key per unit: the codes that name it; its parent's is the same with the last one left out.
keyed as (
    select
        cells.*,
        concat_ws('|', entity_code, fiscal_year, plan_code, activity_code, period_code, session_code) as unit_key,
        case level
            when 4 then concat_ws('|', entity_code, fiscal_year, plan_code, activity_code, period_code)
            when 3 then concat_ws('|', entity_code, fiscal_year, plan_code, activity_code)
            when 2 then concat_ws('|', entity_code, fiscal_year)
        end as parent_key,
        concat_ws('|', entity_code, fiscal_year) as top_key
    from cells
),

session_bases as (
    select
        entity_code,
        fiscal_year,
        plan_code,
        activity_code,
        period_code,
        sum(attendances) as base
    from placed
    where dimension = 'sex'
    group by entity_code, fiscal_year, plan_code, activity_code, period_code, session_code
),

smallest_sessions as (
    select
        concat_ws('|', entity_code, fiscal_year, plan_code, activity_code, period_code) as unit_key,
        min(base) as smallest_base
    from session_bases
    group by
        entity_code, fiscal_year,
        grouping sets ((plan_code, activity_code, period_code), (plan_code, activity_code), ())
),

units as (
    select
        keyed.level,
        keyed.unit_key,
        keyed.parent_key,
        keyed.top_key,
        keyed.entity_code,
        keyed.fiscal_year,
        keyed.plan_code,
        keyed.activity_code,
        keyed.period_code,
        keyed.session_code,
        keyed.dimension,
        sum(keyed.attendances)::bigint as base,
        coalesce(min(smallest_sessions.smallest_base), sum(keyed.attendances)) as smallest_base
    from keyed
    left join smallest_sessions on keyed.unit_key = smallest_sessions.unit_key and keyed.level in (1, 2, 3)
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
)
{% endmacro %}

{# Categories hidden in a whole tree (`hidden_categories`), and whether any is left at its top (`hidden_1`). #}
{% macro profile_top() %}
top_ordered as (
    select
        keyed.top_key,
        keyed.dimension,
        keyed.category,
        {{ profile_is_unsafe('keyed.attendances', 'units') }} as is_unsafe,
        row_number() over smallest_first as position,
        coalesce(sum(keyed.attendances) over (smallest_first rows between unbounded preceding and 1 preceding), 0) as smaller_sum,
        bool_or({{ profile_is_unsafe('keyed.attendances', 'units') }}) over (partition by keyed.unit_key, keyed.dimension) as any_unsafe
    from keyed
    inner join units on keyed.unit_key = units.unit_key and keyed.level = units.level and keyed.dimension = units.dimension
    where keyed.level = 1
    window smallest_first as (partition by keyed.unit_key, keyed.dimension order by keyed.attendances, keyed.category)
),

hidden_categories as (
    select
        top_key,
        dimension,
        category
    from top_ordered
    where any_unsafe and (is_unsafe or position <= 2 or smaller_sum < {{ var('suppression_k', 5) }})
),

-- Where only one category has people its row alone would tell the count: every category of the list is shown as hidden.
listed_categories as (
    select
        top_key,
        dimension,
        category
    from top_ordered
    union
    select
        alone.top_key,
        alone.dimension,
        codelists.category
    from hidden_categories as alone
    inner join codelists on alone.dimension = codelists.dimension
    where not exists (
        select 1 from top_ordered as others
        where others.top_key = alone.top_key and others.dimension = alone.dimension and others.category <> alone.category
    )
),

hidden_1 as (
    select
        units.unit_key,
        units.dimension,
        not exists (
            select 1 from top_ordered
            left join hidden_categories using (top_key, dimension, category)
            where top_ordered.top_key = units.unit_key and top_ordered.dimension = units.dimension and hidden_categories.category is null
        ) as is_hidden
    from units
    where units.level = 1
)
{% endmacro %}

{# Which units of `level` are hidden (`hidden_<level>`), given their parents. #}
{% macro profile_children(level) %}
children_{{ level }} as (
    select
        units.*,
        parents.is_hidden as is_parent_hidden
    from units
    inner join hidden_{{ level - 1 }} as parents on units.parent_key = parents.unit_key and units.dimension = parents.dimension
    where units.level = {{ level }}
),

visible_cells_{{ level }} as (
    select
        children.parent_key,
        children.unit_key,
        children.dimension,
        keyed.category,
        keyed.attendances,
        hidden_categories.category is not null as is_hidden_category,
        hidden_categories.category is null and {{ profile_is_unsafe('keyed.attendances', 'children') }} as is_unsafe
    from children_{{ level }} as children
    inner join keyed on children.unit_key = keyed.unit_key and keyed.level = {{ level }} and children.dimension = keyed.dimension
    left join hidden_categories
        on keyed.top_key = hidden_categories.top_key and keyed.dimension = hidden_categories.dimension and keyed.category = hidden_categories.category
    where not children.is_parent_hidden
),

unsafe_children_{{ level }} as (
    select
        parent_key,
        dimension,
        unit_key,
        bool_or(is_unsafe) as is_unsafe,
        sum(attendances) as base
    from visible_cells_{{ level }}
    group by parent_key, dimension, unit_key
),

-- Unsafe children first, then the smallest: the hidden ones are the first few of this order.
ordered_{{ level }} as (
    select
        unsafe_children_{{ level }}.*,
        row_number() over (partition by parent_key, dimension order by is_unsafe desc, base asc, unit_key asc) as position,
        count(*) filter (where is_unsafe) over (partition by parent_key, dimension) as unsafe_qty
    from unsafe_children_{{ level }}
),

-- What the first so many children hold together, by category; the hidden categories count as one.
sums_{{ level }} as (
    select
        ordered.parent_key,
        ordered.dimension,
        ordered.position,
        categories.category,
        sum(coalesce(visible.attendances, 0)) over (
            partition by ordered.parent_key, ordered.dimension, categories.category order by ordered.position
        ) as held_qty
    from ordered_{{ level }} as ordered
    inner join (
        select distinct
            parent_key,
            dimension,
            case when not is_hidden_category then category end as category
        from visible_cells_{{ level }}
    ) as categories on ordered.parent_key = categories.parent_key and ordered.dimension = categories.dimension
    left join (
        select
            unit_key,
            dimension,
            case when not is_hidden_category then category end as category,
            sum(attendances) as attendances
        from visible_cells_{{ level }}
        group by 1, 2, 3
    ) as visible
        on
            ordered.unit_key = visible.unit_key
            and ordered.dimension = visible.dimension
            and categories.category is not distinct from visible.category
    where ordered.unsafe_qty > 0
),

safe_cuts_{{ level }} as (
    select
        parent_key,
        dimension,
        position
    from sums_{{ level }}
    group by parent_key, dimension, position
    having
        not bool_or(category is not null and held_qty between 1 and {{ var('suppression_k', 5) }} - 1)
        and count(*) filter (where held_qty > 0) > 1
),

hidden_{{ level }} as (
    select
        children.unit_key,
        children.dimension,
        children.is_parent_hidden
        or coalesce(
            ordered.unsafe_qty > 0
            and ordered.position <= coalesce(
                (
                    select min(cuts.position) from safe_cuts_{{ level }} as cuts
                    where
                        cuts.parent_key = ordered.parent_key
                        and cuts.dimension = ordered.dimension
                        and cuts.position >= greatest(2, ordered.unsafe_qty)
                ),
                ordered.position
            ),
            false
        ) as is_hidden
    from children_{{ level }} as children
    left join ordered_{{ level }} as ordered on children.unit_key = ordered.unit_key and children.dimension = ordered.dimension
)
{% endmacro %}

{% macro profile_is_unsafe(count, unit) -%}
    ({{ count }} < {{ var('suppression_k', 5) }} or ({{ count }} = {{ unit }}.base and {{ unit }}.smallest_base < {{ var('suppression_k', 5) }}))
{%- endmacro %}

{# Rows: the shown cells, and every listed category of what is hidden, without numbers. #}
{% macro profile_output() %}
hidden_units as (
    {%- for level in [1, 2, 3, 4] %}
    select {{ level }} as level, unit_key, dimension, is_hidden from hidden_{{ level }}
    union all
    {%- endfor %}
    select
        0 as level,
        concat_ws('|', units.entity_code, units.fiscal_year, units.period_code) as unit_key,
        units.dimension,
        bool_or(hidden_3.is_hidden) as is_hidden
    from units
    inner join hidden_3 on units.unit_key = hidden_3.unit_key and units.dimension = hidden_3.dimension
    where units.level = 3
    group by 2, 3
),

final as (
    select
        case when units.level in (0, 1) then 'entity' when units.level = 4 then 'session' else 'activity' end as scope,
        units.entity_code,
        coalesce(units.plan_code, 'all') as plan_code,
        coalesce(units.activity_code, 'all') as activity_code,
        coalesce(units.session_code, 'all') as session_code,
        months.period_type,
        months.period_code,
        units.fiscal_year::integer as fiscal_year,
        least(months.period_end, {{ cutoff() }}) as cutoff_date,
        units.dimension,
        listed.category,
        codelists.category_name,
        codelists.sort_order::integer as sort_order,
        case when not is_suppressed then keyed.attendances end as attendances,
        case when not is_suppressed then {{ pct('keyed.attendances', 'units.base') }} end as pct,
        units.base,
        is_suppressed as suppressed,
        {{ touch_number() }} as _touch_number
    from units
    inner join hidden_units on units.level = hidden_units.level and units.unit_key = hidden_units.unit_key and units.dimension = hidden_units.dimension
    inner join months on coalesce(units.period_code, units.fiscal_year::text) = months.period_code
    inner join listed_categories as listed on units.top_key = listed.top_key and units.dimension = listed.dimension
    left join hidden_categories as hidden
        on listed.top_key = hidden.top_key and listed.dimension = hidden.dimension and listed.category = hidden.category
    left join keyed
        on
            units.level = keyed.level
            and units.unit_key = keyed.unit_key
            and units.dimension = keyed.dimension
            and listed.category = keyed.category
    left join codelists on listed.dimension = codelists.dimension and listed.category = codelists.category
    cross join lateral (values (hidden_units.is_hidden or hidden.category is not null)) as decided (is_suppressed)
    where decided.is_suppressed or keyed.attendances > 0
)
{% endmacro %}
