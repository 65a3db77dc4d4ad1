{{ config(post_hook="{{ asof_function(parents=['fct_citizen_question', 'dim_session']) }}") }}

with questions as (
    select * from {{ ref('fct_citizen_question') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

terms as (
    select * from {{ ref('stg_response_term') }}
    where question_type = 'accountability'
),

days as (
    select * from {{ ref('int_business_days') }}
),

months as (
    select * from {{ ref('int_calendar_periods') }}
    where period_type = 'month'
),

-- Spaces that account to the citizens have a day by which their questions are answered, whether or not any was reported.
accounting as (
    select
        sessions.entity_code,
        sessions.session_code,
        due.day_on as answer_due_on
    from sessions
    inner join terms on sessions.session_on between terms.valid_from and terms.valid_to
    inner join days as held on sessions.session_on = held.day_on
    inner join days as due on held.business_days + terms.business_days = due.business_days
    where
        sessions.session_status = 'held'
        and sessions.space_type in (
            {%- for space_type in accountability_space_types() %}
                '{{ space_type }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        and due.is_business_day
),

counted as (
    select
        questions.entity_code,
        coalesce(questions.session_code, 'no_session') as session_code,
        coalesce(sessions.period_code, months.period_code) as period_code,
        count(*) as received_qty,
        {%- for status in question_statuses() %}
            count(*) filter (where questions.question_status = '{{ status }}') as {{ status }}_qty,
        {%- endfor %}
        count(*) filter (where questions.is_transferred_late) as transferred_late_qty,
        count(*) filter (where questions.published_url is not null) as published_qty,
        min(questions.due_on) as first_due_on,
        max(questions.due_on) as last_due_on,
        string_agg(distinct questions.response_norm, '; ' order by questions.response_norm) as response_norms,
        max(questions.answer_business_days) as answer_business_days_max,
        max(questions.cutoff_date) as cutoff_date,
        bool_or(questions.is_reconstruction) as is_reconstruction
    from questions
    left join sessions on questions.entity_code = sessions.entity_code and questions.session_code = sessions.session_code
    inner join months
        on
            extract(year from questions.received_on) = months.fiscal_year
            and questions.received_on between months.period_start and months.period_end
    group by
        questions.entity_code,
        coalesce(questions.session_code, 'no_session'),
        coalesce(sessions.period_code, months.period_code)
),

joined as (
    select
        counted.received_qty,
        {% for status in question_statuses() %}
            counted.{{ status }}_qty,
        {% endfor %}
        counted.transferred_late_qty,
        counted.published_qty,
        counted.first_due_on,
        counted.last_due_on,
        counted.response_norms,
        counted.answer_business_days_max,
        counted.cutoff_date,
        counted.is_reconstruction,
        accounting.answer_due_on,
        coalesce(counted.entity_code, accounting.entity_code) as entity_code,
        coalesce(counted.session_code, accounting.session_code) as session_code,
        counted.period_code
    from counted
    full join accounting on counted.entity_code = accounting.entity_code and counted.session_code = accounting.session_code
),

final as (
    select
        joined.entity_code,
        joined.session_code,
        coalesce(joined.period_code, sessions.period_code) as period_code,
        left(coalesce(joined.period_code, sessions.period_code), 4)::integer as fiscal_year,
        sessions.title,
        sessions.session_on,
        sessions.space_name,
        sessions.space_type,
        sessions.plan_code,
        sessions.activity_code,
        joined.cutoff_date,
        joined.received_qty is not null as is_reported,
        joined.received_qty,
        {% for status in question_statuses() %}
            joined.{{ status }}_qty,
        {% endfor %}
        joined.transferred_late_qty,
        joined.published_qty,
        {{ pct('joined.answered_live_qty + joined.answered_in_time_qty', 'joined.received_qty - joined.transferred_qty') }} as in_time_pct,
        joined.first_due_on,
        joined.last_due_on,
        joined.answer_due_on,
        joined.response_norms,
        joined.answer_business_days_max,
        coalesce(joined.is_reconstruction, sessions.is_reconstruction) as is_reconstruction
    from joined
    left join sessions on joined.entity_code = sessions.entity_code and joined.session_code = sessions.session_code
)

select * from final
