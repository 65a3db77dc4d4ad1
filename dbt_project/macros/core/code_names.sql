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
        'attention_type': {
            'behind_unjustified': 'Atrasada sin justificar',
            'report_missing': 'Reporte pendiente',
            'commitment_past_due': 'Compromiso vencido',
            'rows_set_aside': 'Filas con errores sin corregir',
            'behind_justified': 'Atrasada con justificación',
            'rescheduled': 'Reprogramada',
            'carried_over': 'Trasladada a la vigencia siguiente',
            'over': 'Sobrecumplida',
        },
        'changed_attribute': {
            'programmed_qty': 'Programado del mes',
            'activity': 'Actividad',
            'activity_name': 'Nombre de la actividad',
            'unit_of_measure': 'Unidad de medida',
            'dependency_code': 'Dependencia responsable',
            'is_cancelled': 'Cancelación',
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
