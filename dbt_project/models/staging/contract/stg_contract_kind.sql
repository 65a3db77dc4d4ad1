-- Generated from expectations/*.odcs.yaml by `pipc render`; do not edit.
with declared (kind, kind_name, kind_sort, due_business_day, freshness_days) as (
    -- noqa: disable=LT05
    values
    ('dependency_registry', 'Registro de entidades y dependencias', 1, null::integer, null::integer),
    ('accountability_schedule', 'Cronograma de la estrategia de rendición de cuentas', 2, null::integer, null::integer),
    ('activity_plan', 'Plan institucional de participación: matriz de actividades', 3, null::integer, null::integer),
    ('session', 'Sesiones y espacios de participación', 4, 5, 35),
    ('attendance_count', 'Conteo de asistentes sin nombres', 5, null::integer, null::integer),
    ('attendance_form', 'Formulario de asistencia', 6, null::integer, null::integer),
    ('citizen_question', 'Preguntas de la ciudadanía y sus respuestas', 7, null::integer, null::integer),
    ('commitment', 'Compromisos adquiridos con la ciudadanía', 8, 5, 35),
    ('evaluation_form', 'Formulario de evaluación del espacio', 9, null::integer, null::integer),
    ('execution_report', 'Reporte mensual de ejecución', 10, 5, 35),
    ('indicator_value', 'Valores de los indicadores', 11, null::integer, null::integer),
    ('period_closing', 'Cierre de meses del plan', 12, null::integer, null::integer),
    ('plan_change_request', 'Solicitudes de cambio del plan', 13, null::integer, null::integer),
    ('proposed_topic', 'Temas propuestos por la ciudadanía', 14, null::integer, null::integer),
    ('self_assessment', 'Autodiagnóstico de una política', 15, null::integer, null::integer),
    ('social_metric', 'Métricas de redes sociales y de alcance', 16, null::integer, null::integer)
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
