{{ rows_with_sessions(
    source('raw', 'attendance_form'),
    source('audit', 'submission'),
    'attendance_form',
    [
        'event_title', 'submitted_at', 'consent', 'person_key', 'locality_code', 'sex', 'gender_identity', 'sexual_orientation', 'age',
        'age_band', 'ethnic_group', 'disability', 'population_groups',
    ],
) }}
