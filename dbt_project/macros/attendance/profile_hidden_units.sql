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
