-- What the planning office decides about what a dependency owes. Rows are only added: the last one of an obligation says where it stands.
create table audit.obligation_event (
    obligation_event_id bigint generated always as identity primary key,
    entity_code text not null,
    dependency_code text not null,
    kind text not null,
    period_code text not null,
    action text not null check (action in ('approve', 'return', 'waive', 'reopen')),
    state_before text not null check (state_before in ('expected', 'received', 'approved', 'frozen', 'waived', 'reopened')),
    state_after text not null check (state_after in ('expected', 'received', 'approved', 'frozen', 'waived', 'reopened')),
    submission_id bigint references audit.submission,
    actor text not null check (actor <> ''),
    reason text check (reason <> ''),
    at timestamp with time zone not null default clock_timestamp(),
    -- Who changes what a dependency may count on says why.
    check (action = 'approve' or reason is not null),
    check (action <> 'approve' or submission_id is not null)
);
create index obligation_event_obligation on audit.obligation_event (entity_code, dependency_code, kind, period_code, obligation_event_id);
comment on table audit.obligation_event is 'Decisiones de la oficina de planeación sobre cada obligación (aprobar, devolver, eximir, reabrir); solo se agregan.';
comment on column audit.obligation_event.submission_id is
'Última entrega aceptada que se tuvo a la vista al decidir; una posterior pone la obligación otra vez en recibida.';
comment on column audit.obligation_event.state_before is 'Estado de la obligación antes de la decisión.';
comment on column audit.obligation_event.state_after is 'Estado de la obligación al decidir; el de hoy lo da la vista obligation_state.';
comment on column audit.obligation_event.actor is 'Quién decidió.';
comment on column audit.obligation_event.reason is 'Razón; obligatoria salvo al aprobar.';

create table audit.observation (
    observation_id bigint generated always as identity primary key,
    obligation_event_id bigint not null references audit.obligation_event,
    submission_id bigint references audit.submission,
    sheet text,
    cell text,
    activity_code text,
    text text not null check (text <> '')
);
create index observation_event on audit.observation (obligation_event_id);
comment on table audit.observation is 'Observaciones de la oficina de planeación sobre una entrega: de una celda, de una actividad o de todo el archivo.';
comment on column audit.observation.submission_id is 'Entrega de la que habla la observación.';
comment on column audit.observation.cell is 'Celda del archivo del remitente, como F12.';

create index if not exists submission_obligation on audit.submission (entity_code, dependency_code, kind, period_code);
