with topics as (
    select * from {{ ref('topic') }}
),

spellings as (
    select
        code as topic_code,
        label as topic_name,
        unnest(array[code, label] || string_to_array(aliases, ';')) as spelling
    from topics
),

final as (
    select distinct
        {{ topic_spelling('spelling') }} as spelling_key,
        topic_code,
        topic_name
    from spellings
)

select * from final
