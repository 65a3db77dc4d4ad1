{# How an incremental attendance model knows what to compute again. `int_attendance_touched` is a log: every build adds, under the next
   number, what the submissions not seen before may have changed. Each model keeps the highest number it has worked through in its
   column `_touch_number`, so a build that stops half way is caught up by the next one, whichever models it had reached. #}
{% macro touch_number() -%}
    (select max(log.touch_number) from {{ ref('int_attendance_touched') }} as log)
{%- endmacro %}

{# The number under which this build writes in the log; only for the log itself. A log begun anew starts at the time in seconds, above
   every mark: models that a full refresh did not reach, because it was killed, work everything through in the next build. #}
{% macro next_touch_number() -%}
    {%- set begun_anew = 'extract(epoch from now())::bigint' -%}
    {%- if is_incremental() -%}
        (select coalesce(max(log.touch_number) + 1, {{ begun_anew }}) from {{ this }} as log)
    {%- else -%}
        {{ begun_anew }}
    {%- endif -%}
{%- endmacro %}

{# The highest number that this model has worked through. #}
{% macro touch_mark() -%}
    (select coalesce(max(marked._touch_number), 0) from {{ this }} as marked)
{%- endmacro %}

{# What is new in the log for this model: distinct `keys` of `log_name`. #}
{% macro touched(keys, log_name='int_attendance_touched', condition='true') -%}
    select distinct {{ keys | join(', ') }}
    from {{ ref(log_name) }}
    where touch_number > {{ touch_mark() }} and {{ condition }}
{%- endmacro %}

{# At the end of a lateral subquery: it is evaluated for one row after the other, by index, instead of being joined as a whole. #}
{% macro one_by_one() -%} offset 0 {%- endmacro %}

{# One touched session after the other; but where the log names more than one in ten, reading everything is right. #}
{% macro each_by_index() -%}
    {%- if execute -%}
        {%- set count_touched -%}
            select
                10 * (select count(*) from ({{ touched(['entity_code', 'session_code']) }}) as slices)
                < (select count(*) from {{ ref('dim_session') }}) as are_few
        {%- endset -%}
        {{- one_by_one() if run_query(count_touched).columns[0].values()[0] -}}
    {%- endif -%}
{%- endmacro %}

{# Incremental strategy: delete the slices that the log names and insert what the model computed for them. The slices are deleted in
   one statement: the mark is read from the very rows that it removes. `meta.slices`: dictionaries of `touched`'s arguments. #}
{% macro get_incremental_replace_touched_sql(arg_dict) -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    with
    {%- for slice in config.get('meta')['slices'] %}
    deleted_{{ loop.index }} as (
        delete from {{ target }} as old
        using ({{ touched(**slice) }}) as slice
        where {% for key in slice['keys'] %}old.{{ key }} = slice.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    ){{ ',' if not loop.last }}
    {%- endfor %}
    select 1;
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{# Pre-hook, for the model's transaction: a million attendances are sorted and hashed in memory. #}
{% macro memory_for_large_sorts() -%}
    set local work_mem = '128MB'
{%- endmacro %}
