{{ config(post_hook="{{ asof_function(parents=['fct_social_metric', 'dim_session']) }}") }}

with captures as (
    select * from {{ ref('fct_social_metric') }}
    where is_latest
),

sessions as (
    select * from {{ ref('dim_session') }}
),

months as (
    select * from {{ ref('int_calendar_periods') }}
    where period_type = 'month'
),

spaces as (
    select
        entity_code,
        space_name,
        fiscal_year,
        min(session_on) as session_on,
        max(plan_code) as plan_code,
        max(activity_code) as activity_code
    from sessions
    where space_name is not null
    group by entity_code, space_name, fiscal_year
),

placed as (
    select
        captures.*,
        min(captures.value_qty) over post_metric < max(captures.value_qty) over post_metric as has_other_value,
        case when captures.session_code is not null then 'session' else 'space' end as subject_type,
        coalesce(captures.session_code, captures.space_name) as subject_code,
        coalesce(sessions.title, captures.space_name, captures.session_code) as subject_name,
        coalesce(sessions.space_name, captures.space_name) as space_of_subject,
        coalesce(sessions.session_on, captures.published_on, spaces.session_on, captures.captured_on) as happened_on,
        coalesce(sessions.plan_code, spaces.plan_code) as plan_code,
        coalesce(sessions.activity_code, spaces.activity_code) as activity_code
    from captures
    left join sessions on captures.entity_code = sessions.entity_code and captures.session_code = sessions.session_code
    left join spaces
        on
            captures.entity_code = spaces.entity_code
            and captures.session_code is null
            and captures.space_name = spaces.space_name
            and extract(year from coalesce(captures.published_on, captures.captured_on)) = spaces.fiscal_year
    window post_metric as (partition by captures.entity_code, captures.dependency_code, captures.post_code, captures.metric)
),

posts as (
    select
        entity_code,
        subject_type,
        subject_code,
        metric,
        extract(year from happened_on)::integer as fiscal_year,
        max(subject_name) as subject_name,
        max(space_of_subject) as space_name,
        max(plan_code) as plan_code,
        max(activity_code) as activity_code,
        min(happened_on) as subject_on,
        count(*) filter (where is_shown) as post_qty,
        sum(value_qty) filter (where is_shown) as value_qty,
        max(value_qty) filter (where is_shown) as largest_post_qty,
        min(source) filter (where is_shown) as first_source,
        max(source) filter (where is_shown) as last_source,
        max(captured_on) filter (where is_shown) as captured_on,
        min(captured_on) filter (where is_shown) as oldest_captured_on,
        max(metric_definition) filter (where is_shown) as metric_definition,
        sum(value_qty) filter (where source = 'manual') as manual_qty,
        sum(value_qty) filter (where source = 'export') as export_qty,
        sum(value_qty) filter (where source = 'screenshot') as screenshot_qty,
        bool_or(has_other_value) as has_other_value,
        max(captured_on) filter (where not is_shown) as other_captured_on,
        max(metric_definition) filter (where not is_shown) as other_definition,
        bool_or(is_reconstruction) as is_reconstruction
    from placed
    group by entity_code, subject_type, subject_code, metric, extract(year from happened_on)
),

judged as (
    select
        posts.*,
        post_qty = 1
        or metric in (
            {%- for metric in additive_social_metrics() %}
                '{{ metric }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ) as is_additive
    from posts
),

final as (
    select
        judged.entity_code,
        judged.subject_type,
        judged.subject_code,
        judged.subject_name,
        judged.space_name,
        judged.subject_on,
        judged.fiscal_year,
        months.period_code,
        judged.plan_code,
        judged.activity_code,
        judged.metric,
        least({{ cutoff() }}, judged.captured_on) as cutoff_date,
        judged.is_additive,
        judged.post_qty,
        case when judged.is_additive then judged.value_qty end::bigint as value_qty,
        judged.largest_post_qty::bigint as largest_post_qty,
        case when judged.first_source = judged.last_source then judged.first_source else 'mixed' end as source, -- noqa: RF04
        judged.captured_on,
        judged.oldest_captured_on,
        judged.metric_definition,
        case when judged.is_additive then judged.manual_qty end::bigint as manual_qty,
        case when judged.is_additive then judged.export_qty end::bigint as export_qty,
        case when judged.is_additive then judged.screenshot_qty end::bigint as screenshot_qty,
        judged.has_other_value,
        judged.other_captured_on,
        judged.other_definition,
        judged.is_reconstruction
    from judged
    inner join months
        on judged.fiscal_year = months.fiscal_year and judged.subject_on between months.period_start and months.period_end
)

select * from final
