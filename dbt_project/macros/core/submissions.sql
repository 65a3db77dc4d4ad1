{# What every staging view takes from the ledger: whose it is, its period and its two times of being known. `alias` is the
   ledger's alias in the query. #}
{% macro submission_columns(alias='submissions') -%}
    {{ alias }}.dependency_code as submitted_by_code,
    {{ alias }}.period_code,
    {{ alias }}.fiscal_year,
    {{ alias }}.known_from,
    {{ alias }}.known_to,
    {{ alias }}.is_reconstruction
{%- endmacro %}

{# The cells a row came from. #}
{% macro lineage_columns(alias) -%}
    {{ alias }}._submission_id,
    {{ alias }}._sheet,
    {{ alias }}._row
{%- endmacro %}

{# Submissions that count or once counted: a superseded one was accepted, and is still what was known then. #}
{% macro is_accepted(alias='submissions') -%}
    {{ alias }}.state in ('accepted', 'accepted_with_observations', 'superseded')
{%- endmacro %}
