-- Which session a response of a form belongs to, where the code that it has written does not say so by itself.
create table audit.response_join (
    join_id bigint generated always as identity primary key,
    kind text not null,
    entity_code text not null,
    decided_qty integer not null check (decided_qty > 0),
    joined_at timestamp with time zone not null,
    actor text not null
);
comment on table audit.response_join is 'Cada vez que se decidió a qué sesión pertenecen respuestas de formularios: una fila por entidad y tipo de formulario.';
comment on column audit.response_join.joined_at is 'Desde cuándo se sabe lo decidido.';
comment on column audit.response_join.actor is 'Quién decidió: una persona de la oficina de planeación, o la cuenta que hizo la carga.';

create table audit.response_session (
    decision_id bigint generated always as identity primary key,
    join_id bigint not null references audit.response_join,
    kind text not null,
    entity_code text not null,
    response_key text not null,
    written_code text,
    session_code text,
    method text not null check (method in ('waiting', 'code', 'title_and_date', 'settled', 'withdrawn')),
    reason text not null,
    actor text not null,
    known_from timestamp with time zone not null,
    known_to timestamp with time zone not null default 'infinity',
    is_first boolean not null,
    check (known_from <= known_to)
);
create unique index response_session_current on audit.response_session (kind, response_key, coalesce(written_code, ''))
where known_to = 'infinity';
create index response_session_response on audit.response_session (response_key);
create index response_session_session on audit.response_session (entity_code, session_code);
create index response_session_join on audit.response_session (join_id);
comment on table audit.response_session is
'Decisiones sobre la sesión de una respuesta, una fila por decisión; la anterior se cierra (known_to) y se conserva.';
comment on column audit.response_session.written_code is
'Código que la respuesta traía escrito al decidir: la decisión vale para las versiones de la respuesta que lo traen.';
comment on column audit.response_session.session_code is
'Sesión a la que pertenece la respuesta; si espera o se retiró la decisión, el código escrito; vacío si no es de ninguna.';
comment on column audit.response_session.method is
'waiting: en la cola; code: por su código; title_and_date: por el nombre y el día; settled: lo decidió una persona; withdrawn: sin efecto.';
comment on column audit.response_session.reason is 'Por qué: una palabra si fue automático, lo que escribió la persona si decidió ella.';
comment on column audit.response_session.is_first is 'Verdadero en la primera decisión sobre la respuesta y su código escrito; antes de ella vale lo escrito.';

create table audit.joined_submission (
    submission_id bigint primary key references audit.submission,
    joined_at timestamp with time zone not null default clock_timestamp()
);
comment on table audit.joined_submission is 'Entregas de formularios y de sesiones cuyas respuestas ya se buscaron en las sesiones.';
