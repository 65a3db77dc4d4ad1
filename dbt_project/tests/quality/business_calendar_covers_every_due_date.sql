-- A row here: an accepted file whose due date falls outside int_business_days. Widen the variables calendar_first_year and
-- calendar_last_year (dbt_project.yml) and the years of the holidays (pipc_etl/render/dbt_models.py), then `pipc render`.
select
    timeliness.entity_code,
    timeliness.kind,
    timeliness.period_code
from {{ ref('rpt_submission_timeliness') }} as timeliness
inner join {{ ref('stg_contract_kind') }} as kinds on timeliness.kind = kinds.kind
where kinds.due_business_day is not null and timeliness.first_accepted_at is not null and timeliness.due_at is null
