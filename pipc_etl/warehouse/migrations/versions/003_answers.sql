-- What was answered to whom: one answer an arrival, and the letters that wait, went out or were kept back.
create table audit.answer (
    event_id bigint primary key references audit.submission_event,
    submission_id bigint not null references audit.submission,
    previous_submission_id bigint references audit.submission,
    solved_qty integer not null default 0,
    remaining_qty integer not null default 0,
    new_qty integer not null default 0,
    folder text not null,
    answered_at timestamp with time zone not null default clock_timestamp()
);
create index answer_submission on audit.answer (submission_id);
comment on table audit.answer is 'Acuses de recibo: una fila por llegada (o llegada repetida) ya respondida.';
comment on column audit.answer.previous_submission_id is 'La entrega anterior con la que se comparó; vacío si no hay.';
comment on column audit.answer.solved_qty is 'Observaciones de la entrega anterior que ya no están.';
comment on column audit.answer.remaining_qty is 'Observaciones que la entrega anterior también tenía.';
comment on column audit.answer.new_qty is 'Observaciones que la entrega anterior no tenía; sin anterior, todas.';
comment on column audit.answer.folder is 'Carpeta de la respuesta, debajo de la bandeja de salida.';

create table audit.letter (
    letter_id bigint generated always as identity primary key,
    letter_key text not null unique,
    purpose text not null check (purpose in ('acknowledgement', 'review', 'reminder_before', 'reminder_after', 'escalation')),
    entity_code text not null,
    dependency_code text not null,
    kind text not null,
    period_code text not null,
    submission_id bigint references audit.submission,
    recipient_roles text [] not null check (recipient_roles <@ array['contact', 'head', 'planning_office']),
    subject text not null,
    folder text not null,
    attachments text [] not null default '{}',
    is_reconstruction boolean not null default false,
    state text not null check (state in ('queued', 'sent', 'failed', 'no_address', 'withheld')),
    refusals integer not null default 0,
    error text,
    created_at timestamp with time zone not null default clock_timestamp(),
    sent_at timestamp with time zone,
    check ((state = 'sent') = (sent_at is not null))
);
create index letter_waiting on audit.letter (letter_id) where state in ('queued', 'no_address');
create index letter_obligation on audit.letter (entity_code, dependency_code, kind, period_code);
comment on table audit.letter is 'Cartas a las dependencias: acuses, revisiones, recordatorios. Guarda el papel del destinatario, nunca su dirección.';
comment on column audit.letter.letter_key is 'Lo que hace única la carta: encolarla otra vez no hace nada.';
comment on column audit.letter.recipient_roles is 'A quién va: contact (enlace), head (jefe), planning_office (oficina de planeación).';
comment on column audit.letter.folder is 'Carpeta con el texto y los adjuntos, debajo de la bandeja de salida.';
comment on column audit.letter.attachments is 'Archivos de la carpeta que viajan con el correo.';
comment on column audit.letter.state is 'queued, sent, failed (rechazada), no_address (sin correo en el registro), withheld (no se envía: reconstrucción o muy vieja).';
comment on column audit.letter.refusals is 'Veces que el servidor de correo la rechazó para siempre; a la tercera queda failed.';
comment on column audit.letter.error is 'Por qué no salió todavía, o por qué no saldrá; sin direcciones de correo.';

-- What an observation is about, beyond its cell: the same row of a corrected file has the same key.
alter table audit.finding add column row_key text;
comment on column audit.finding.row_key is 'Clave primaria de la fila, enmascarada si es personal: reconoce la misma observación en el archivo corregido.';
