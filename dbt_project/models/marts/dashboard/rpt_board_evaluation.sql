{{ config(indexes=[{'columns': ['entity_name', 'fiscal_year', 'period_label']}]) }}

-- A response whose code matches no session belongs to no dependency and no period: rpt_evaluation has it.
with evaluation as (
    select * from {{ ref('rpt_evaluation') }}
    where is_known_session
),

sessions as (
    select * from {{ ref('dim_session') }}
),

{{ activity_labels() }},

{{ plan_labels() }},

{{ entity_names() }},

{{ dependency_names() }},

{{ month_periods() }},

placed as (
    select
        evaluation.entity_code,
        evaluation.session_code,
        evaluation.title,
        evaluation.fiscal_year,
        evaluation.period_code,
        evaluation.cutoff_date,
        evaluation.question_code,
        evaluation.scale,
        evaluation.mean,
        evaluation.answers as base_qty,
        sessions.session_on,
        sessions.dependency_code,
        coalesce(evaluation.plan_code, 'none') as plan_code,
        coalesce(evaluation.activity_code, 'none') as activity_code,
        given_answers.answer,
        given_answers.answer_score,
        given_answers.answer_sort,
        given_answers.answers_qty
    from evaluation
    inner join sessions on evaluation.entity_code = sessions.entity_code and evaluation.session_code = sessions.session_code
    cross join
        lateral (
            values
            ('1', 1, 1, evaluation.answer_1_qty),
            ('2', 2, 2, evaluation.answer_2_qty),
            ('3', 3, 3, evaluation.answer_3_qty),
            ('4', 4, 4, evaluation.answer_4_qty),
            ('5', 5, 5, evaluation.answer_5_qty),
            ('yes', 1, 6, evaluation.yes_qty),
            ('no', 0, 7, evaluation.no_qty)
        ) as given_answers (answer, answer_score, answer_sort, answers_qty)
    where given_answers.answers_qty > 0
),

final as (
    select
        placed.entity_code,
        coalesce(entity_names.entity_name, placed.entity_code) as entity_name,
        placed.plan_code,
        {{ plan_and_activity_names('placed') }},
        placed.dependency_code,
        {{ dependency_name('placed') }} as dependency_name,
        {{ period_columns('month_periods') }},
        placed.session_code,
        placed.title,
        placed.session_on,
        placed.cutoff_date,
        placed.question_code,
        {{ contract_label_of('evaluation_form', evaluation_questions() | list, 'placed.question_code') }} as question_name,
        {{ place_among(evaluation_questions(), 'placed.question_code') }} as question_sort,
        placed.scale,
        {{ code_name('evaluation_scale', 'placed.scale') }} as scale_name,
        placed.answer,
        {{ code_name('evaluation_answer', 'placed.answer') }} as answer_name,
        placed.answer_sort,
        placed.answers_qty,
        placed.answers_qty * placed.answer_score as score_sum,
        placed.base_qty,
        placed.mean
    from placed
    inner join month_periods on placed.period_code = month_periods.month_code
    left join entity_names on placed.entity_code = entity_names.entity_code
    {{ join_activity_labels('placed') }}
    {{ join_dependency_names('placed', 'month_periods.period_end') }}
)

select * from final
