-- Generated from expectations/*.odcs.yaml by `pipc render`; do not edit.
with declared (kind, kind_name, kind_sort, due_business_day, freshness_days) as (
    -- noqa: disable=LT05
    values
    ('dependency_registry', 'Registro de entidades y dependencias', 1, null::integer, null::integer),
    ('activity_plan', 'Plan institucional de participación: matriz de actividades', 2, null::integer, null::integer),
    ('session', 'Sesiones y espacios de participación', 3, 5, 35),
    ('attendance_count', 'Conteo de asistentes sin nombres', 4, null::integer, null::integer),
    ('attendance_form', 'Formulario de asistencia', 5, null::integer, null::integer),
    ('citizen_question', 'Preguntas de la ciudadanía y sus respuestas', 6, null::integer, null::integer),
    ('commitment', 'Compromisos adquiridos con la ciudadanía', 7, 5, 35),
    ('evaluation_form', 'Formulario de evaluación del espacio', 8, null::integer, null::integer),
    ('execution_report', 'Reporte mensual de ejecución', 9, 5, 35),
    ('period_closing', 'Cierre de meses del plan', 10, null::integer, null::integer),
    ('plan_change_request', 'Solicitudes de cambio del plan', 11, null::integer, null::integer),
    ('proposed_topic', 'Temas propuestos por la ciudadanía', 12, null::integer, null::integer),
    ('social_metric', 'Métricas de redes sociales y de alcance', 13, null::integer, null::integer)
    -- noqa: enable=LT05
),

final as (
    select
        kind,
        kind_name,
        kind_sort,
        due_business_day,
        freshness_days
    from declared
)

select * from final
