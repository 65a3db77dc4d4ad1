{{ config(post_hook="{{ asof_function() }}") }}
-- depends_on: {{ ref('int_attendance_touched') }}
with counts as (
    select * from {{ ref('stg_attendance_count') }}
),

-- A session counted in two files is one session: the file received last counts.
ranked as (
    select
        counts.*,
        dense_rank() over (partition by entity_code, session_code order by known_from desc, _submission_id desc) as recency
    from counts
    where {{ is_known('counts') }}
),

final as (
    select
        entity_code,
        session_code,
        sex,
        age_band,
        people_qty,
        is_reconstruction,
        _submission_id,
        _sheet,
        _row
    from ranked
    where recency = 1
)

select * from final
