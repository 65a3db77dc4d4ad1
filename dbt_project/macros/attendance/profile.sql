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

{% macro suppression_k() %}{{ var('suppression_k', 5) }}{% endmacro %}
