-- What an activity of the schedule did in the year is the sum of its quarters in the file that stands for the year.
with activities as (
    select * from {{ ref('int_schedule_activities') }}
),

progress as (
    select * from {{ ref('rpt_schedule_progress') }}
)

select
    activities.entity_code,
    activities.fiscal_year,
    activities.activity_number
from activities
full join progress
    on
        activities.entity_code = progress.entity_code
        and activities.fiscal_year = progress.fiscal_year
        and activities.activity_number = progress.activity_number
where
    progress.entity_code is null
    or activities.entity_code is null
    or coalesce(progress.done_qty, 0)
    <> coalesce(activities.quarter_1_done_qty, 0)
    + coalesce(activities.quarter_2_done_qty, 0)
    + coalesce(activities.quarter_3_done_qty, 0)
    + coalesce(activities.quarter_4_done_qty, 0)
