{# Spanish names of the codes that the warehouse computes, in the order in which they are shown. What a submitter may write has
   its names in a codelist (expectations/codelists); these nobody writes, so they stand here, once. #}
{% macro code_names(code) %}
    {%- set names = {
        'period_type': {
            'year': 'Vigencia',
            'semester': 'Semestre',
            'four_month': 'Cuatrimestre',
            'quarter': 'Trimestre',
            'month': 'Mes',
            'biennium': 'Bienio',
        },
        'indicator_trend': {
            'up': 'Sube',
            'down': 'Baja',
            'flat': 'Igual',
            'not_comparable': 'No se compara',
        },
        'schedule_status': {
            'over': 'Por encima de la meta',
            'met': 'Meta cumplida',
            'on_course': 'En curso',
            'behind': 'Por debajo de lo proyectado',
            'not_reported': 'Sin reporte',
            'evidence_only': 'Solo evidencia',
        },
        'assessment_level': {
            '1': 'Nivel 1 (0 a 20)',
            '2': 'Nivel 2 (21 a 40)',
            '3': 'Nivel 3 (41 a 60)',
            '4': 'Nivel 4 (61 a 80)',
            '5': 'Nivel 5 (81 a 100)',
        },
        'activity_status': {
            'behind_unjustified': 'Atrasada sin justificar',
            'behind_justified': 'Atrasada con justificación',
            'rescheduled': 'Reprogramada',
            'carried_over': 'Trasladada a la vigencia siguiente',
            'over': 'Sobrecumplida',
            'on_target': 'En la meta',
            'not_programmed_yet': 'Aún sin programar',
            'cancelled': 'Cancelada',
        },
        'measure': {
            'execution': 'Ejecución',
            'compliance': 'Cumplimiento',
            'progress': 'Avance',
            'pending': 'Por ejecutar',
            'compliance_capped': 'Cumplimiento sin sobrecumplimiento',
        },
        'measure_formula': {
            'execution': 'Ejecutado en el período ÷ programado en el período, hasta el corte',
            'compliance': 'Ejecutado a la fecha ÷ programado a la fecha, hasta el corte',
            'progress': 'Ejecutado a la fecha ÷ programado de la vigencia',
            'pending': '(Programado de la vigencia − ejecutado a la fecha) ÷ programado de la vigencia',
            'compliance_capped': 'Suma de min(ejecutado, programado) por actividad ÷ programado a la fecha',
        },
        'attention_type': {
            'behind_unjustified': 'Atrasada sin justificar',
            'report_missing': 'Reporte pendiente',
            'rows_set_aside': 'Filas con errores sin corregir',
            'commitment_past_due': 'Compromiso vencido',
            'change_unjustified': 'Cambio del plan sin solicitud',
            'behind_justified': 'Atrasada con justificación',
            'rescheduled': 'Reprogramada',
            'carried_over': 'Trasladada a la vigencia siguiente',
            'over': 'Sobrecumplida',
            'ahead_of_plan': 'Ejecutada antes de lo programado',
        },
        'changed_attribute': {
            'programmed_qty': 'Programado del mes',
            'activity': 'Actividad',
            'activity_name': 'Nombre de la actividad',
            'unit_of_measure': 'Unidad de medida',
            'dependency_code': 'Dependencia responsable',
            'is_cancelled': 'Cancelación',
        },
        'in_charge': {
            'true': 'A cargo',
            'false': 'No a cargo',
        },
        'attendance_scope': {
            'entity': 'Toda la entidad',
            'activity': 'Una actividad',
        },
        'plan_scope': {
            'all': 'Todos los planes',
            'none': 'Fuera de todo plan',
        },
        'activity_scope': {
            'all': 'Toda la entidad',
            'none': 'Sin actividad del plan',
        },
        'attendance_source': {
            'form': 'Formularios o listados',
            'count': 'Conteo sin nombres',
            'both': 'Formularios; el conteo no se suma',
            'none': 'Sin registro de asistencia',
        },
        'evaluation_scale': {
            '1_5': 'De 1 (mala) a 5 (excelente)',
            'yes_no': 'Sí o no',
        },
        'evaluation_answer': {
            '1': '1 (mala)',
            '2': '2',
            '3': '3',
            '4': '4',
            '5': '5 (excelente)',
            'yes': 'Sí',
            'no': 'No',
        },
        'submission_state': {
            'received': 'Recibida',
            'accepted': 'Aceptada',
            'accepted_with_observations': 'Aceptada con observaciones',
            'returned': 'Devuelta',
            'unreadable': 'Ilegible',
            'superseded': 'Reemplazada',
        },
        'delivery_state': {
            'missing': 'Sin entregar',
            'returned': 'Devuelta, sin corregir',
            'late': 'Entregada tarde',
            'on_time': 'Entregada a tiempo',
            'received': 'Entregada, sin plazo',
            'upcoming': 'Aún no vence',
            'waived': 'Eximida',
        },
        'obligation_state': {
            'expected': 'Esperada',
            'reopened': 'Reabierta',
            'received': 'Recibida, por revisar',
            'approved': 'Aprobada',
            'frozen': 'Congelada',
            'waived': 'Eximida',
        },
        'severity': {
            'error': 'Error',
            'warning': 'Advertencia',
            'info': 'Nota',
        },
        'finding_open': {
            'true': 'Vigente',
            'false': 'Resuelto o reemplazado',
        },
        'freshness_state': {
            'never_built': 'Sin construir',
            'waiting': 'Con entregas por incorporar',
            'stale': 'Sin entregas recientes',
            'fresh': 'Al día',
        },
        'run_type': {
            'load': 'Carga de archivos',
            'build': 'Construcción de los marts',
        },
        'run_outcome': {
            'failed': 'Falló',
            'with_returns': 'Con devoluciones',
            'done': 'Terminada',
        },
    } -%}
    {{- return(names[code]) -}}
{% endmacro %}

{# The name of `expression`, whose codes are those of `code_names(code)`; null where the code is null or has no name. #}
{% macro code_name(code, expression) -%}
    case {{ expression }}
    {%- for value, name in code_names(code).items() %} when '{{ value }}' then '{{ name }}'{% endfor %} end
{%- endmacro %}

{# The place of `expression` in that order: 1 for the first. #}
{% macro code_sort(code, expression) -%}
    case {{ expression }}
    {%- for value in code_names(code) %} when '{{ value }}' then {{ loop.index }}{% endfor %} end
{%- endmacro %}
