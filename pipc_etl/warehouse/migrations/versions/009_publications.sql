-- The register of publications: what was published, at which cut-off and as known when, figure by figure. A published row never changes.
create table audit.publication (
    publication_id integer primary key check (publication_id > 0),
    number text generated always as (
        'P' || case when publication_id < 10000 then lpad(publication_id::text, 4, '0') else publication_id::text end
    ) stored unique,
    entity_code text not null,
    report_code text not null,
    period_code text not null,
    cutoff date not null,
    known_at timestamp with time zone not null,
    edition integer not null check (edition > 0),
    state text not null default 'draft' check (state in ('draft', 'published', 'rejected')),
    title text not null,
    rounding_mode text not null check (rounding_mode in ('half_up', 'truncate', 'exact')),
    rounding_decimals integer not null,
    definition jsonb not null,
    build_id bigint references audit.build,
    is_reconstruction boolean not null,
    prepared_at timestamp with time zone not null,
    prepared_by text not null check (prepared_by <> ''),
    decided_at timestamp with time zone,
    decided_by text check (decided_by <> ''),
    decision_note text check (decision_note <> ''),
    check ((state = 'draft') = (decided_at is null)),
    check ((decided_at is null) = (decided_by is null)),
    -- Who refuses a report says why.
    check (state <> 'rejected' or decision_note is not null),
    check (known_at <= prepared_at)
);
-- The same address is always the same publication; what was rejected frees it.
create unique index publication_address on audit.publication (entity_code, report_code, period_code, cutoff, known_at)
where state <> 'rejected';
create unique index publication_edition on audit.publication (entity_code, report_code, period_code, edition) where state = 'published';
comment on table audit.publication is
'Publicaciones: una fila por informe preparado, con su dirección (entidad, informe, período, corte y momento de lo que se sabía), su edición y su estado.';
comment on column audit.publication.number is 'Número que se imprime en cada página: P0012.';
comment on column audit.publication.edition is 'Edición del informe de la entidad y el período: 1 la primera publicada; en un borrador, la que tendría.';
comment on column audit.publication.definition is 'Huellas de las reglas con que se calculó: informe, medidas, fuentes y modelos.';
comment on column audit.publication.build_id is 'Construcción de los marts de la que salieron las cifras.';
comment on column audit.publication.prepared_at is 'Cuándo se calcularon las cifras; known_at nunca es posterior.';
comment on column audit.publication.decided_at is 'Cuándo se aprobó o se rechazó.';

create table audit.publication_figure (
    publication_id integer not null references audit.publication,
    ordinal integer not null check (ordinal > 0),
    figure_id text not null unique,
    key text not null,
    label text not null,
    subject text not null,
    measure text not null,
    period_code text not null,
    cutoff date,
    value numeric,
    shown text not null,
    missing text,
    unit text not null,
    numerator numeric,
    denominator numeric,
    plan_version integer,
    rounding_mode text not null,
    rounding_decimals integer not null,
    definition text not null,
    formula text not null,
    query text not null,
    mart text not null,
    primary key (publication_id, ordinal),
    unique (publication_id, key)
);
comment on table audit.publication_figure is 'Cifras de cada publicación, en el orden en que se leen, sin redondear (value) y como se imprimen (shown).';
comment on column audit.publication_figure.figure_id is 'Número de la cifra, impreso en el informe: P0012-F007.';
comment on column audit.publication_figure.key is 'Dirección de la cifra dentro del informe, igual en todas sus ediciones.';
comment on column audit.publication_figure.missing is 'Por qué no hay número, donde value está vacío.';
comment on column audit.publication_figure.query is 'La consulta que la contesta para siempre, a su corte y con lo que se sabía.';

create table audit.publication_source (
    publication_id integer not null,
    figure_ordinal integer not null,
    ordinal integer not null,
    submission_id bigint not null references audit.submission,
    kind text not null,
    file_name text not null,
    sha256 text not null,
    received_at timestamp with time zone not null,
    sheet text not null,
    cells text not null,
    column_name text not null,
    value text not null,
    is_reconstruction boolean not null,
    primary key (publication_id, figure_ordinal, ordinal),
    foreign key (publication_id, figure_ordinal) references audit.publication_figure (publication_id, ordinal)
);
create index publication_source_submission on audit.publication_source (submission_id);
comment on table audit.publication_source is 'De qué celdas de qué archivos salió cada cifra publicada.';
comment on column audit.publication_source.cells is 'Celdas como las busca una persona: F6, o filas 2 a 85 (84).';

create table audit.publication_document (
    publication_id integer primary key references audit.publication,
    document jsonb not null
);
comment on table audit.publication_document is
'El informe como se publicó: secciones, textos, tablas y gráficas; sus cifras están en publication_figure.';

create table audit.publication_waiver (
    publication_id integer not null references audit.publication,
    ordinal integer not null check (ordinal > 0),
    gate text not null,
    subject text not null,
    detail text not null,
    reason text not null check (reason <> ''),
    waived_by text not null check (waived_by <> ''),
    waived_at timestamp with time zone not null,
    primary key (publication_id, ordinal)
);
comment on table audit.publication_waiver is 'Lo que impedía publicar y se pasó por alto, con la razón; el informe lo imprime como nota.';
comment on column audit.publication_waiver.gate is
'open_errors, missing_submissions, unreviewed_submissions, unclosed_months o unmatched_events.';

create table audit.publication_file (
    publication_id integer not null references audit.publication,
    name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint not null,
    primary key (publication_id, name)
);
comment on table audit.publication_file is 'Archivos de cada publicación, con su huella; name es la ruta dentro de su carpeta.';

create table audit.report_text (
    text_id bigint generated always as identity primary key,
    entity_code text not null,
    report_code text not null,
    period_code text not null,
    slot text not null,
    text text not null,
    author text not null check (author <> ''),
    written_at timestamp with time zone not null default clock_timestamp()
);
create index report_text_place on audit.report_text (entity_code, report_code, period_code, slot, text_id);
comment on table audit.report_text is
'Textos que escriben las personas (observaciones, recomendaciones): vale el último de cada lugar y período; vacío, ninguno. Pasan a la edición siguiente.';
comment on column audit.report_text.slot is 'Lugar del informe: observations, recommendations...';

-- What is published stays as it is.
create function audit.refuse_published() returns trigger language plpgsql as $$
begin
    raise exception '% of publication %: what is published or rejected does not change', tg_table_name, old.publication_id;
end
$$;
create function audit.require_draft() returns trigger language plpgsql as $$
declare
    wanted integer := case tg_op when 'DELETE' then old.publication_id else new.publication_id end;
begin
    if tg_op = 'UPDATE' and new.publication_id <> old.publication_id
        or not exists (select from audit.publication where publication_id = wanted and state = 'draft')
    then
        raise exception '%: publication % is no draft, what it says does not change', tg_table_name, wanted;
    end if;
    return case tg_op when 'DELETE' then old else new end;
end
$$;
create function audit.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%: rows are only added, never changed or removed', tg_table_name;
end
$$;
comment on function audit.refuse_published() is 'Rechaza cambios en una publicación que ya no es borrador, y en la dirección de un borrador.';
comment on function audit.require_draft() is 'Rechaza cambios en lo que dice una publicación que ya no es borrador.';
comment on function audit.refuse_change() is 'Rechaza cambios y borrados en una tabla a la que solo se agrega.';

create trigger publication_frozen before update on audit.publication for each row
when (
    old.state <> 'draft'
    or (old.publication_id, old.entity_code, old.report_code, old.period_code, old.cutoff, old.known_at)
    is distinct from (new.publication_id, new.entity_code, new.report_code, new.period_code, new.cutoff, new.known_at)
)
execute function audit.refuse_published();
create trigger publication_kept before delete or truncate on audit.publication for each statement execute function audit.refuse_change();
create trigger publication_figure_frozen before insert or update or delete on audit.publication_figure
for each row execute function audit.require_draft();
create trigger publication_source_frozen before insert or update or delete on audit.publication_source
for each row execute function audit.require_draft();
create trigger publication_document_frozen before insert or update or delete on audit.publication_document
for each row execute function audit.require_draft();
create trigger publication_waiver_frozen before insert or update or delete on audit.publication_waiver
for each row execute function audit.require_draft();
create trigger publication_file_frozen before insert or update or delete on audit.publication_file
for each row execute function audit.require_draft();
create trigger publication_figure_kept before truncate on audit.publication_figure for each statement execute function audit.refuse_change();
create trigger publication_source_kept before truncate on audit.publication_source for each statement execute function audit.refuse_change();
create trigger publication_document_kept before truncate on audit.publication_document
for each statement execute function audit.refuse_change();
create trigger publication_waiver_kept before truncate on audit.publication_waiver for each statement execute function audit.refuse_change();
create trigger publication_file_kept before truncate on audit.publication_file for each statement execute function audit.refuse_change();
create trigger report_text_kept before update or delete or truncate on audit.report_text
for each statement execute function audit.refuse_change();
