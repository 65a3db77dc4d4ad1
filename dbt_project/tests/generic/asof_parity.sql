{# A table is its own _asof function at infinity and now: row by row, but for the moment itself. #}
{% test asof_parity(model, function) %}
{% set columns = adapter.get_columns_in_relation(model) | map(attribute='name') | reject('equalto', 'known_at') | join(', ') %}

    with built as (
        select {{ columns }} from {{ model }}
    ),

    answered as (
        select {{ columns }} from {{ function }}('infinity', now())
    )

    (
        select * from built
        except all
        select * from answered
    )
    union all
    (
        select * from answered
        except all
        select * from built
    )
{% endtest %}
