-- The codes that programmed sessions get before they happen: people paste them into forms, so a code once issued stays.
create table audit.event_code (
    entity_code text not null,
    session_code text not null,
    dependency_code text not null,
    plan_code text not null,
    fiscal_year integer not null,
    activity_code text not null,
    period_code text not null,
    ordinal integer not null check (ordinal > 0),
    title text not null,
    issued_at timestamp with time zone not null default clock_timestamp(),
    actor text not null,
    primary key (entity_code, session_code),
    unique (entity_code, plan_code, fiscal_year, activity_code, period_code, ordinal)
);
comment on table audit.event_code is 'Códigos de evento asignados a las sesiones programadas, una fila por sesión; nunca se cambian ni se reutilizan.';
comment on column audit.event_code.period_code is 'Mes en que la sesión está programada.';
comment on column audit.event_code.ordinal is 'Cuál de las sesiones programadas por la actividad en ese mes: 1, 2, ...';
comment on column audit.event_code.title is 'Título de la sesión al asignar el código: actividad, mes y número.';
comment on column audit.event_code.actor is 'Quién pidió el código.';
