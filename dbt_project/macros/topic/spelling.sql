{# How topics are compared: without accents, case, punctuation and the little words that vary («Servicio al/a la ciudadanía»,
   «SERVICIO A LA CIUDADANIA»); what has nothing else is compared as it is. #}
{% macro topic_spelling(expression) -%}
    {%- set plain -%}
    translate(lower({{ expression }}), 'áàäâéèëêíìïîóòöôúùüûñ', 'aaaaeeeeiiiioooouuuun')
    {%- endset -%}
    trim(regexp_replace(
            regexp_replace(
                ' ' || regexp_replace({{ plain }}, '[^a-z0-9]+', '  ', 'g') || ' ',
                ' (a|al|ante|con|de|del|e|el|en|la|las|lo|los|o|para|por|sobre|su|sus|u|un|una|y) ', ' ', 'g'
            ),
            '\s+', ' ', 'g'
        ))
{%- endmacro %}
