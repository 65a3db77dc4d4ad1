{{ config(post_hook="{{ asof_function() }}") }}

with questions as (
    select * from {{ ref('stg_citizen_question') }}
),

terms as (
    select * from {{ ref('stg_response_term') }}
),

days as (
    select * from {{ ref('int_business_days') }}
),

-- A question comes again when it was answered: the file received last counts. What happened after the cut-off is not known at it.
known as (
    select distinct on (entity_code, submitted_by_code, question_code)
        questions.*,
        case when answered_in_writing_on <= {{ cutoff() }} then answered_in_writing_on end as written_on,
        case when transferred_on <= {{ cutoff() }} then transferred_on end as handed_on,
        least({{ cutoff() }}, (known_from at time zone 'America/Bogota')::date) as status_on
    from questions
    where
        {{ is_known('questions') }}
        and received_on <= {{ cutoff() }}
    order by
        entity_code asc,
        submitted_by_code asc,
        question_code asc,
        (known_from, _submission_id, _row) desc
),

answered as (
    select
        known.*,
        receipt.business_days as receipt_business_days,
        case when known.answered_live then known.received_on else known.written_on end as answered_on
    from known
    inner join days as receipt on known.received_on = receipt.day_on
),

-- The terms that may rule a question: that of the day of receipt, and later ones that also cover what was pending.
candidates as (
    select
        answered._submission_id,
        answered._sheet,
        answered._row,
        answered.answered_on,
        terms.question_type as term_type,
        terms.business_days,
        terms.norm,
        terms.valid_from,
        due.day_on as due_on,
        answered.received_on >= terms.valid_from as is_of_receipt
    from answered
    inner join terms
        on
            terms.question_type in (answered.question_type, 'transfer')
            and answered.received_on <= terms.valid_to
            and (answered.received_on >= terms.valid_from or terms.covers_pending)
    inner join days as due on answered.receipt_business_days + terms.business_days = due.business_days
    where due.is_business_day
),

ruling as (
    select distinct on (later._submission_id, later._sheet, later._row, later.term_type) later.*
    from candidates as later
    inner join candidates as own
        on
            later._submission_id = own._submission_id
            and later._sheet = own._sheet
            and later._row = own._row
            and later.term_type = own.term_type
            and own.is_of_receipt
    where
        later.is_of_receipt
        or (later.valid_from <= own.due_on and coalesce(later.answered_on >= later.valid_from, true))
    order by later._submission_id asc, later._sheet asc, later._row asc, later.term_type asc, later.valid_from desc
),

timed as (
    select
        answered.*,
        response.business_days as response_business_days,
        response.norm as response_norm,
        response.due_on,
        transfer.due_on as transfer_due_on,
        written.business_days - answered.receipt_business_days as answer_business_days
    from answered
    left join ruling as response
        on
            answered._submission_id = response._submission_id
            and answered._sheet = response._sheet
            and answered._row = response._row
            and response.term_type <> 'transfer'
    left join ruling as transfer
        on
            answered._submission_id = transfer._submission_id
            and answered._sheet = transfer._sheet
            and answered._row = transfer._row
            and transfer.term_type = 'transfer'
    left join days as written on answered.answered_on = written.day_on
),

final as (
    select
        entity_code,
        submitted_by_code as dependency_code,
        question_code,
        session_code,
        period_code,
        fiscal_year,
        status_on as cutoff_date,
        received_on,
        received_time,
        channel,
        question_type,
        topic,
        assigned_to,
        response_business_days,
        response_norm,
        due_on,
        case
            when answered_live then 'answered_live'
            when answered_on <= due_on then 'answered_in_time'
            when answered_on > due_on then 'answered_late'
            when answered_on is not null then 'answered'
            when handed_on is not null then 'transferred'
            when due_on < status_on then 'overdue'
            else 'pending'
        end as question_status,
        coalesce(answered_live, false) as is_answered_live,
        answered_on,
        written_on as answered_in_writing_on,
        answer_business_days::integer as answer_business_days,
        case when handed_on is not null then transferred_to end as transferred_to,
        handed_on as transferred_on,
        transfer_due_on,
        coalesce(handed_on > transfer_due_on, false) as is_transferred_late,
        published_url,
        known_from,
        is_reconstruction,
        _submission_id,
        _sheet,
        _row
    from timed
)

select * from final
