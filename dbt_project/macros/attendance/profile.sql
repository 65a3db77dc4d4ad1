{# rpt_attendance_profile. Counts under k must not be shown, nor be computable from what is shown. The units form a tree:

       entity and year (1)  >  activity and year (2)  >  activity and month (3)  >  session (4)

   and a unit equals the sum of its children, so everything published is a sum over this tree and over the categories.
   At the top, categories are hidden one by one: those that are small, and the next smallest until two are hidden and hold k people
   together; they stay hidden in the whole tree. Below, a unit is shown or hidden whole: of a parent's children the unsafe ones are
   hidden together with the smallest others, until at least two are, and what they hold together (parent less its shown children) has
   no category from 1 to k - 1 and more than one category. Any count could then be moved between two hidden units and two categories
   with every published number left as it is. Where a unit is hidden, so is all below it.
   Entity and month (0) is not in the tree: it is shown where nothing inside it is hidden, so it says nothing new.

   Unsafe: a count from 1 to k - 1, or one category holding everybody while a session below has fewer than k.

   Window functions throughout, hardly a join: PostgreSQL knows nothing of the size of a chain of CTEs. #}
{% macro attendance_profile(only_touched=false) %}
with
{{ profile_cells_of_units(only_touched) }},
{{ profile_hidden_categories() }},
{{ profile_hidden_units() }},
{{ profile_rows() }}
select * from final
{% endmacro %}

{# Every unit's cells, with the unit's base and whether the cell is unsafe (`cells`). #}
{% macro profile_cells_of_units(only_touched) %}
session_cells as (
    select * from {{ ref('int_attendance_profile_cells') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

periods as (
    select * from {{ ref('int_calendar_periods') }} where period_type in ('month', 'year')
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
        session_cells.attendances,
        sum(session_cells.attendances)
            over (partition by session_cells.entity_code, session_cells.session_code, session_cells.dimension) as session_base
    from session_cells
    inner join sessions on session_cells.entity_code = sessions.entity_code and session_cells.session_code = sessions.session_code
    {% if only_touched %}
    inner join touched_years on sessions.entity_code = touched_years.entity_code and sessions.fiscal_year = touched_years.fiscal_year
    {% endif %}
),

summed as (
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
        sum(attendances)::bigint as attendances,
        min(session_base) as smallest_session
    from placed
    group by
        entity_code, fiscal_year, dimension, category,
        grouping sets (
            (plan_code, activity_code, period_code, session_code), (plan_code, activity_code, period_code), (plan_code, activity_code),
            (period_code), ()
        )
),

based as (
    select
        summed.*,
        (sum(attendances) over unit)::bigint as base,
        min(smallest_session) over unit as smallest_base
    from summed
    window unit as (partition by level, entity_code, fiscal_year, plan_code, activity_code, period_code, session_code, dimension)
),

cells as (
    select
        based.*,
        attendances < {{ suppression_k() }} or (attendances = base and smallest_base < {{ suppression_k() }}) as is_unsafe
    from based
)
{% endmacro %}

{# Adds which categories are hidden in the whole tree (`categorised`): decided on the rows of level 1. #}
{% macro profile_hidden_categories() %}
ordered_categories as (
    select
        cells.*,
        bool_or(is_unsafe) over (partition by level, entity_code, fiscal_year, dimension) as is_any_unsafe,
        row_number() over smallest_first as position,
        sum(attendances) over smallest_first - attendances as smaller_sum
    from cells
    window smallest_first as (partition by level, entity_code, fiscal_year, dimension order by attendances, category)
),

categorised as (
    select
        ordered_categories.*,
        bool_or(level = 1 and is_any_unsafe and (is_unsafe or position <= 2 or smaller_sum < {{ suppression_k() }}))
            over (partition by entity_code, fiscal_year, dimension, category) as is_hidden_category
    from ordered_categories
)
{% endmacro %}

{# Adds which units are hidden (`decided`). Children of one parent are put in order, unsafe first, then the smallest; the hidden ones
   are the first `cut` of them. `small_qty` counts the categories that the first so many hold from 1 to k - 1 times. #}
{% macro profile_hidden_units() %}
judged as (
    select
        categorised.*,
        -- The hidden categories of the tree count as one, which is never small by itself.
        case when is_hidden_category then '' else category end as visible_category,
        bool_or(is_unsafe and not is_hidden_category) over unit as is_unsafe_unit,
        bool_and(is_hidden_category) over (partition by level, entity_code, fiscal_year, dimension) as is_top_hidden,
        case level
            when 2 then array[]::text[]
            when 3 then array[plan_code, activity_code]
            when 4 then array[plan_code, activity_code, period_code]
        end as parent
    from categorised
    window unit as (partition by level, entity_code, fiscal_year, plan_code, activity_code, period_code, session_code, dimension)
),

placed_children as (
    select
        judged.*,
        dense_rank() over (
            partition by level, entity_code, fiscal_year, parent, dimension
            order by is_unsafe_unit desc, base asc, plan_code asc, activity_code asc, period_code asc, session_code asc
        ) as child_position
    from judged
),

held as (
    select
        placed_children.*,
        sum(attendances) over (
            partition by level, entity_code, fiscal_year, parent, dimension, visible_category order by child_position
        ) as held_qty,
        coalesce(sum(attendances) over (
            partition by level, entity_code, fiscal_year, parent, dimension, visible_category order by child_position
            range between unbounded preceding and 1 preceding
        ), 0) as held_before_qty,
        row_number() over (
            partition by level, entity_code, fiscal_year, parent, dimension, visible_category order by child_position, category
        ) as appearance
    from placed_children
),

counted as (
    select
        held.*,
        sum(case when visible_category = '' then 0 else (held_qty < {{ suppression_k() }})::integer end
            - case when visible_category = '' then 0 else (held_before_qty between 1 and {{ suppression_k() }} - 1)::integer end)
            over siblings as small_qty,
        sum((appearance = 1)::integer) over siblings as category_qty,
        max(child_position) filter (where is_unsafe_unit) over (partition by level, entity_code, fiscal_year, parent, dimension) as unsafe_qty
    from held
    window siblings as (partition by level, entity_code, fiscal_year, parent, dimension order by child_position)
),

cut as (
    select
        counted.*,
        min(child_position) filter (where small_qty = 0 and category_qty > 1 and child_position >= greatest(2, unsafe_qty))
            over (partition by level, entity_code, fiscal_year, parent, dimension) as cut_position
    from counted
),

own as (
    select
        cut.*,
        case level
            when 0 then false
            when 1 then is_top_hidden
            else coalesce(unsafe_qty > 0 and child_position <= coalesce(cut_position, child_position), false)
        end as is_own_hidden
    from cut
),

inherited as (
    select
        own.*,
        bool_or(is_own_hidden and level = 1) over (partition by entity_code, fiscal_year, dimension)
        or (level >= 2 and bool_or(is_own_hidden and level = 2) over (partition by entity_code, fiscal_year, dimension, plan_code, activity_code))
        or (
            level >= 3 and bool_or(is_own_hidden and level = 3)
                over (partition by entity_code, fiscal_year, dimension, plan_code, activity_code, period_code)
        )
        or is_own_hidden as is_tree_hidden
    from own
),

decided as (
    select
        inherited.*,
        is_tree_hidden
        or (level = 0 and bool_or(is_tree_hidden and level = 3) over (partition by entity_code, fiscal_year, dimension, period_code)) as is_hidden
    from inherited
)
{% endmacro %}

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

{% macro suppression_k() %}{{ var('suppression_k', 5) }}{% endmacro %}
