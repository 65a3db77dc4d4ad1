-- The ledger of what arrived, what was found in it and what became of it. Rows are added; only a submission's state and validity change.
create table audit.submission (
    submission_id bigint generated always as identity primary key,
    kind text not null,
    contract_version text not null,
    entity_code text not null,
    dependency_code text not null,
    period_code text not null,
    fiscal_year integer,
    submission_key text,
    form_code text,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    file_name text not null,
    landing_path text not null,
    arrival text not null unique,
    size_bytes bigint not null,
    landed_at timestamp with time zone not null,
    received_at timestamp with time zone not null,
    ingested_at timestamp with time zone not null default clock_timestamp(),
    is_reconstruction boolean not null default false,
    state text not null check (state in ('unreadable', 'returned', 'accepted', 'accepted_with_observations', 'superseded')),
    accumulates boolean not null default false,
    known_from timestamp with time zone not null,
    known_to timestamp with time zone not null default 'infinity',
    superseded_by bigint references audit.submission,
    rows_read bigint not null default 0,
    rows_accepted bigint not null default 0,
    rows_quarantined bigint not null default 0,
    rows_already_known bigint not null default 0,
    check (known_from <= known_to),
    check ((state = 'superseded') = (superseded_by is not null)),
    -- A returned or unreadable file loads nothing; of any other, every row read is accounted for.
    check (
        case when state in ('unreadable', 'returned') then rows_accepted + rows_already_known = 0
        else rows_accepted + rows_quarantined + rows_already_known = rows_read end
    )
);
create unique index submission_current on audit.submission (kind, submission_key)
where state in ('accepted', 'accepted_with_observations') and not accumulates;
create index submission_history on audit.submission (kind, submission_key, received_at);
create index submission_bytes on audit.submission (sha256);
comment on table audit.submission is 'Libro de entregas: una fila por archivo recibido, con su estado y el tiempo en que se supo.';
comment on column audit.submission.arrival is 'Ruta, fechas y sha256 de la llegada: la misma llegada nunca se toma dos veces.';
comment on column audit.submission.landed_at is 'Cuándo quedó el archivo en la carpeta de entrega, según el sistema de archivos.';
comment on column audit.submission.received_at is 'Cuándo lo recibió el sistema; en la reconstrucción, la fecha simulada.';
comment on column audit.submission.accumulates is 'Verdadero si agrega sin reemplazar: exportes de formularios y correcciones.';
comment on column audit.submission.known_to is 'Hasta cuándo fue lo vigente para su clave; infinity si aún lo es.';

create table audit.submission_event (
    event_id bigint generated always as identity primary key,
    submission_id bigint not null references audit.submission,
    state text not null check (
        state in ('received', 'unreadable', 'returned', 'accepted', 'accepted_with_observations', 'superseded', 'duplicate')
    ),
    at timestamp with time zone not null,
    actor text not null,
    note text,
    arrival text unique
);
create index submission_event_submission on audit.submission_event (submission_id);
comment on table audit.submission_event is 'Cada cambio de estado de una entrega, con su hora y quién lo hizo.';

create table audit.finding (
    finding_id bigint generated always as identity primary key,
    submission_id bigint not null references audit.submission,
    rule text not null,
    severity text not null check (severity in ('error', 'warning', 'info')),
    scope text not null check (scope in ('file', 'sheet', 'row', 'cell')),
    sheet text,
    cell text,
    row_number integer,
    column_name text,
    value text,
    message text not null,
    remedy text not null
);
create index finding_submission on audit.finding (submission_id);
comment on table audit.finding is 'Lo que se halló en cada entrega, con su celda; los datos personales van enmascarados.';

create table audit.quarantine (
    submission_id bigint not null references audit.submission,
    sheet text not null,
    row_number integer not null,
    "values" jsonb not null,
    rules text[] not null
);
create index quarantine_submission on audit.quarantine (submission_id);
comment on table audit.quarantine is 'Filas apartadas por errores, con su texto original.';

create table private.quarantine (like audit.quarantine including all);
alter table private.quarantine add foreign key (submission_id) references audit.submission;
comment on table private.quarantine is 'Filas apartadas de las fuentes con datos personales.';

create table audit.simulated_receipt (
    sha256 text primary key,
    received_at timestamp with time zone not null,
    note text
);
comment on table audit.simulated_receipt is 'Horas simuladas de la reconstrucción; solo las escribe el cargador de las muestras.';

create table audit.build (
    build_id bigint generated always as identity primary key,
    fingerprint text not null,
    relations integer not null,
    started_at timestamp with time zone not null,
    finished_at timestamp with time zone not null default clock_timestamp(),
    full_refresh boolean not null
);
comment on table audit.build is 'Construcciones terminadas de los modelos, con la huella de lo construido.';
