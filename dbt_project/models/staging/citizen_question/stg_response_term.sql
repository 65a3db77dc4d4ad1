-- Generated from expectations/response_terms.csv by `pipc render`; do not edit.
with declared (question_type, business_days, valid_from, valid_to, covers_pending, norm) as (
    -- noqa: disable=LT05
    values
    ('accountability', 15, date '2015-07-06', date 'infinity', false, 'Ley 1757 de 2015, artículo 56'),
    ('consultation', 30, date '2015-06-30', date '2020-03-27', false, 'Ley 1755 de 2015, artículo 14, numeral 2'),
    ('consultation', 35, date '2020-03-28', date '2022-05-17', true, 'Decreto Legislativo 491 de 2020, artículo 5'),
    ('consultation', 30, date '2022-05-18', date 'infinity', false, 'Ley 1755 de 2015, artículo 14, numeral 2 (Ley 2207 de 2022)'),
    ('general', 15, date '2015-06-30', date '2020-03-27', false, 'Ley 1755 de 2015, artículo 14'),
    ('general', 30, date '2020-03-28', date '2022-05-17', true, 'Decreto Legislativo 491 de 2020, artículo 5'),
    ('general', 15, date '2022-05-18', date 'infinity', false, 'Ley 1755 de 2015, artículo 14 (Ley 2207 de 2022)'),
    ('information', 10, date '2015-06-30', date '2020-03-27', false, 'Ley 1755 de 2015, artículo 14, numeral 1'),
    ('information', 20, date '2020-03-28', date '2022-05-17', true, 'Decreto Legislativo 491 de 2020, artículo 5'),
    ('information', 10, date '2022-05-18', date 'infinity', false, 'Ley 1755 de 2015, artículo 14, numeral 1 (Ley 2207 de 2022)'),
    ('transfer', 5, date '2015-06-30', date 'infinity', false, 'Ley 1755 de 2015, artículo 21')
    -- noqa: enable=LT05
),

final as (
    select
        question_type,
        business_days,
        valid_from,
        valid_to,
        covers_pending,
        norm
    from declared
)

select * from final
