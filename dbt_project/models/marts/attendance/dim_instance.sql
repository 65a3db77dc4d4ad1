with sessions as (
    select * from {{ ref('stg_session') }}
    where known_to = 'infinity'
),

commitments as (
    select * from {{ ref('stg_commitment') }}
    where known_to = 'infinity'
),

mentioned as (
    select
        entity_code,
        instance_code,
        instance_name,
        instance_type,
        locality_code,
        known_from,
        _submission_id,
        _sheet,
        _row
    from sessions
    union all
    select
        entity_code,
        instance_code,
        instance_name,
        instance_type,
        locality_code,
        known_from,
        _submission_id,
        _sheet,
        _row
    from commitments
),

-- An instance without a code is known by its name; the last mention gives the attributes.
final as (
    select distinct on (entity_code, coalesce(instance_code, lower(instance_name)))
        entity_code,
        coalesce(instance_code, lower(instance_name)) as instance_key,
        instance_code,
        instance_name,
        instance_type,
        locality_code,
        _submission_id,
        _sheet,
        _row
    from mentioned
    where coalesce(instance_code, instance_name) is not null
    order by
        entity_code asc,
        coalesce(instance_code, lower(instance_name)) asc,
        instance_name is null asc,
        instance_type is null asc,
        known_from desc,
        _submission_id desc,
        _row desc
)

select * from final
