{{ config(pre_hook="set local enable_nestloop = off", post_hook="analyze {{ this }}") }}

with activities as (
    select * from {{ ref('rpt_board_activity') }}
),

changes as (
    select * from {{ ref('rpt_board_plan_change') }}
    where not is_justified
),

{{ periods() }},

departures as (
    select
        activities.*,
        case status when 'not_programmed_yet' then 'ahead_of_plan' else status end as attention_type,
        concat_ws(
            ', ',
            nullif(unjustified_qty, 0) || ' sin justificar', nullif(justified_qty, 0) || ' con justificación',
            nullif(rescheduled_qty, 0) || ' para más adelante', nullif(carried_over_qty, 0) || ' para la vigencia siguiente'
        ) as shortfall_parts,
        concat_ws(', ', 'anticipado de ' || early_from, nullif(surplus_over_year_qty, 0) || ' sobre la meta de la vigencia') as over_parts
    from activities
    where
        status in ('behind_unjustified', 'behind_justified', 'rescheduled', 'carried_over', 'over')
        or (status = 'not_programmed_yet' and over_execution_qty > 0)
),

missing as (
    select
        activities.entity_code,
        activities.plan_code,
        activities.period_code,
        activities.dependency_code,
        months.month_code,
        count(*) as activities_qty,
        string_agg(activities.activity_code, ', ' order by activities.activity_code) as activity_codes
    from activities
    cross join lateral string_to_table(activities.unreported_month_codes, ', ') as months (month_code)
    group by activities.entity_code, activities.plan_code, activities.period_code, activities.dependency_code, months.month_code
),

final as (
    select
        entity_code,
        plan_code,
        period_code,
        dependency_code,
        attention_type,
        activity_code as subject_code,
        activity_name as subject,
        (shortfall_qty + over_execution_qty)::bigint as units_qty,
        coalesce('Ejecutado ' || executed_to_date_qty, 'Sin reporte') || ' de ' || programmed_to_date_qty || ' programados a la fecha.'
        || case when shortfall_qty > 0 then ' Falta ' || shortfall_qty || ': ' || shortfall_parts || '.' else '' end
        || case when over_execution_qty > 0 then ' De más ' || over_execution_qty || ': ' || over_parts || '.' else '' end as detail
    from departures
    union all
    select
        missing.entity_code,
        missing.plan_code,
        missing.period_code,
        missing.dependency_code,
        'report_missing' as attention_type,
        missing.month_code as subject_code,
        'Reporte de ' || lower(periods.period_name) as subject,
        missing.activities_qty as units_qty,
        'Actividades programadas en el mes y sin reporte: ' || missing.activity_codes || '.' as detail
    from missing
    inner join periods on missing.month_code = periods.period_code
    union all
    select
        entity_code,
        plan_code,
        period_code,
        dependency_code,
        'rows_set_aside' as attention_type,
        'execution_report' as subject_code,
        'Reportes de ejecución' as subject,
        count(*) as units_qty,
        'Hay filas apartadas por errores: pueden cambiar la cifra de ' || string_agg(activity_code, ', ' order by activity_code) || '.' as detail
    from activities
    where has_quarantined_rows
    group by entity_code, plan_code, period_code, dependency_code
    union all
    select
        entity_code,
        plan_code,
        period_code,
        dependency_code,
        'change_unjustified' as attention_type,
        activity_code || ' (versión ' || plan_version || ')' as subject_code,
        activity_name as subject,
        sum(abs(difference_qty))::bigint as units_qty,
        'Versión ' || plan_version || '. ' || string_agg(change_text, '; ' order by month, change_text) || '.' as detail
    from changes
    group by entity_code, plan_code, period_code, dependency_code, activity_code, activity_name, plan_version
)

select * from final
