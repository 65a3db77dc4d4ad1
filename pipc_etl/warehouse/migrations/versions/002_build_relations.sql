-- What each build did to each mart, and the builds that did not end: the dashboards show both.
create table audit.build_relation (
    build_id bigint not null references audit.build,
    relation text not null,
    row_count bigint,
    seconds numeric not null,
    finished_at timestamp with time zone not null,
    primary key (build_id, relation)
);
create index build_relation_last on audit.build_relation (relation, build_id);
comment on table audit.build_relation is 'Lo que hizo cada construcción en cada mart: filas que quedaron (vacío en las vistas), segundos y hora.';

create table audit.build_failure (
    failure_id bigint generated always as identity primary key,
    started_at timestamp with time zone not null,
    finished_at timestamp with time zone not null default clock_timestamp(),
    full_refresh boolean not null,
    message text not null
);
comment on table audit.build_failure is 'Construcciones que no terminaron, con lo que dijo dbt; los marts quedaron como estaban o a medias.';
