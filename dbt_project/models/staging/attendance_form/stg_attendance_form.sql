with raw_rows as (
    select * from {{ source('raw', 'attendance_form') }}
),

submissions as (
    select * from {{ source('audit', 'submission') }}
),

final as (
    select
        submissions.entity_code,
        raw_rows.submitted_at,
        raw_rows.session_code,
        raw_rows.consent,
        raw_rows.person_key,
        raw_rows.locality_code,
        raw_rows.sex,
        raw_rows.gender_identity,
        raw_rows.sexual_orientation,
        raw_rows.age,
        raw_rows.age_band,
        raw_rows.ethnic_group,
        raw_rows.disability,
        raw_rows.population_groups,
        {{ submission_columns() }},
        {{ lineage_columns('raw_rows') }},
        raw_rows._response_key
    from raw_rows
    inner join submissions on raw_rows._submission_id = submissions.submission_id
    where {{ is_accepted() }}
)

select * from final
