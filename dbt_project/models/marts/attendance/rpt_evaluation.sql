{{ config(post_hook="{{ asof_function(parents=['int_evaluation_responses', 'dim_session']) }}") }}

with responses as (
    select * from {{ ref('int_evaluation_responses') }}
),

sessions as (
    select * from {{ ref('dim_session') }}
),

-- A yes is 1 and a no is 0, so that the mean of a yes-or-no question is its share of yes.
answers as (
    select
        responses.entity_code,
        coalesce(responses.session_code, '') as session_code,
        questions.question_code,
        questions.scale,
        questions.answer,
        responses.is_reconstruction
    from responses
    cross join lateral (
        values
        {% for question, scale in evaluation_questions().items() %}
            ('{{ question }}', '{{ scale }}', responses.{{ question }}::integer){{ ',' if not loop.last }}
        {% endfor %}
    ) as questions (question_code, scale, answer)
),

measured as (
    select
        entity_code,
        session_code,
        question_code,
        scale,
        count(*) as form_rows,
        count(answer) as answers,
        sum(answer)::numeric as answer_sum,
        {% for value in range(0, 6) %}
            count(*) filter (where answer = {{ value }}) as answer_{{ value }}_qty,
        {% endfor %}
        bool_or(is_reconstruction) as is_reconstruction
    from answers
    group by entity_code, session_code, question_code, scale
),

final as (
    select
        measured.entity_code,
        measured.session_code,
        sessions.session_code is not null as is_known_session,
        sessions.title,
        sessions.plan_code,
        sessions.activity_code,
        sessions.fiscal_year,
        sessions.period_code,
        sessions.session_on as cutoff_date,
        measured.question_code,
        measured.scale,
        measured.form_rows,
        measured.answers,
        (measured.answer_sum / nullif(measured.answers, 0))::numeric(24, 12) as mean,
        {% for value in range(1, 6) %}
            case when measured.scale = '1_5' then measured.answer_{{ value }}_qty end as answer_{{ value }}_qty,
        {% endfor %}
        case when measured.scale = 'yes_no' then measured.answer_1_qty end as yes_qty,
        case when measured.scale = 'yes_no' then measured.answer_0_qty end as no_qty,
        case when measured.scale = 'yes_no' then {{ pct('measured.answer_1_qty', 'measured.answers') }} end as yes_pct,
        measured.is_reconstruction
    from measured
    left join sessions on measured.entity_code = sessions.entity_code and measured.session_code = sessions.session_code
)

select * from final
