{# The two clocks. A model is written once, over `cutoff()` and `known_at()`. As a table both are infinity: what is known now,
   to each period's own end. `asof_function()` in its post-hook makes `<model>_asof(cutoff date, known_at timestamptz)` out of the
   very SQL that filled the table, with the two constants replaced by the arguments. #}
{% macro cutoff() -%} 'infinity'::date /* cutoff */ {%- endmacro %}

{% macro known_at() -%} 'infinity'::timestamptz /* known at */ {%- endmacro %}

{# Was the row of `alias` known at the second clock? Infinity means now, so an open row is known at infinity too. #}
{% macro is_known(alias) -%}
    {{ alias }}.known_from <= {{ known_at() }}
    and ({{ alias }}.known_to > {{ known_at() }} or {{ alias }}.known_to = 'infinity')
{%- endmacro %}

{# Post-hook. `parents`: models that have an _asof function of their own; the function reads those instead of the tables.
   Its joins are over whole tables of unknown size (functions tell the planner nothing), hence no nested loops.
   It runs in the model's transaction, so nobody ever finds the function missing; its body is text to PostgreSQL, so rebuilding
   the tables it reads does not drop it. It runs with its owner's rights, since analysts may not read `intermediate`. `body`: the
   query, where it is not the text that filled the table (an incremental model). #}
{% macro asof_function(parents=[], body=none) -%}
{%- if execute -%}
    {%- set text = namespace(body=body or model.compiled_code) -%}
    {%- for parent in parents -%}
        {%- set relation = ref(parent) -%}
        {%- set text.body = text.body | replace(relation | string, relation.include(identifier=false) ~ '.' ~ parent ~ '_asof($1, $2)') -%}
    {%- endfor -%}
    {#- Without the database's name: a base restored, or copied, under another name answers from its own tables. -#}
    {%- set text.body = text.body | replace(adapter.quote(target.database) ~ '.', '') -%}
    {%- set text.body = text.body | replace(cutoff(), '$1') | replace(known_at(), '$2') -%}
    {%- set answered = this.include(database=false) -%}
    {%- set signature = answered.include(identifier=false) ~ '.' ~ this.identifier ~ '_asof' -%}
    drop function if exists {{ signature }}(date, timestamptz);
    create function {{ signature }}(cutoff date, known_at timestamptz)
    returns setof {{ answered }}
    language sql stable security definer set search_path = pg_catalog, pg_temp set enable_nestloop = off
    as $asof$
    select
        {%- for column in adapter.get_columns_in_relation(this) %}
        {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ text.body }}
    ) as answer
    $asof$;
    revoke all on function {{ signature }}(date, timestamptz) from public;
    {%- for role in config.get('grants', {}).get('select', []) %}
    grant execute on function {{ signature }}(date, timestamptz) to {{ role }};
    {%- endfor %}
    comment on function {{ signature }}(date, timestamptz) is
        'Lo mismo que {{ this.identifier }}, a la fecha de corte pedida y con lo que se sabía en el momento pedido.';
{%- endif -%}
{%- endmacro %}
