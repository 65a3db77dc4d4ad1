-- Persons who asked to be forgotten, what was done about it, and what is kept no longer than it may be.
create table audit.erasure (
    erasure_id bigint generated always as identity primary key,
    request text not null check (request <> ''),
    norm text not null check (norm <> ''),
    actor text not null check (actor <> ''),
    started_at timestamp with time zone not null default clock_timestamp(),
    finished_at timestamp with time zone,
    counts jsonb not null default '{}'
);
comment on table audit.erasure is
'Supresiones de datos de una persona: quién la pidió (radicado), con qué norma, quién la hizo y cuánto se suprimió; nunca el documento ni el correo.';
comment on column audit.erasure.request is 'Radicado o referencia de la solicitud; nunca el nombre ni el documento de quien la hizo.';
comment on column audit.erasure.finished_at is 'Vacío mientras falte algo por suprimir: la siguiente orden o el mantenimiento diario la termina.';
comment on column audit.erasure.counts is 'Cuánto se suprimió, por lugar.';

-- Consulted at every load: the next cumulative export would bring the person back.
create table private.erased_person (
    person_hash text primary key check (person_hash ~ '^[0-9a-f]{64}$'),
    erasure_id bigint not null references audit.erasure,
    listed_at timestamp with time zone not null default clock_timestamp()
);
comment on table private.erased_person is
'Lista de supresión: HMAC de los documentos y correos de quienes pidieron la supresión; toda carga la consulta. Sin el secreto no dice de quién son.';

-- What a killed erasure needs to go on; the row goes with the last step.
create table private.erasure_work (
    erasure_id bigint primary key references audit.erasure,
    wanted jsonb not null
);
comment on table private.erasure_work is 'Supresiones sin terminar: por qué se busca a la persona. La fila desaparece al terminar.';

create table audit.redaction (
    erasure_id bigint not null references audit.erasure,
    place text not null check (place in ('archive', 'landing', 'outbox', 'pickup', 'log')),
    file_hash text not null,
    passages_qty integer not null,
    redacted_at timestamp with time zone not null default clock_timestamp(),
    primary key (erasure_id, place, file_hash)
);
create index redaction_file on audit.redaction (file_hash);
comment on table audit.redaction is 'Archivos de los que se suprimieron datos; la copia suprimida ocupa el lugar del original.';
comment on column audit.redaction.file_hash is
'En el archivo: sha256 del original, que queda como constancia y con el que se encuentra la copia. En los demás lugares: sha256 de la ruta.';
comment on column audit.redaction.passages_qty is 'Celdas o pasajes suprimidos.';

create table audit.redaction_check (
    sha256 text primary key,
    checked_at timestamp with time zone not null default clock_timestamp()
);
comment on table audit.redaction_check is 'Archivos recibidos que ya se compararon con la lista de supresión.';

create table audit.housekeeping (
    run_id bigint generated always as identity primary key,
    at timestamp with time zone not null default clock_timestamp(),
    actor text not null check (actor <> ''),
    rule text not null,
    norm text not null,
    kept_from timestamp with time zone not null,
    removed_qty bigint not null check (removed_qty >= 0)
);
create index housekeeping_rule on audit.housekeeping (rule, kept_from);
comment on table audit.housekeeping is 'Mantenimiento: qué se retiró por haber cumplido su plazo, con qué norma y cuánto.';
comment on column audit.housekeeping.rule is 'Regla de la política de retención.';
comment on column audit.housekeeping.kept_from is
'Lo anterior a esta hora ya no se conserva; para los datos personales, ninguna carga lo vuelve a traer.';
