-- Files of other servers (SFTP, S3) as they were seen there: the same presence of a file is one arrival, however often it is fetched.
create table audit.remote_file (
    remote_file_id bigint generated always as identity primary key,
    address text not null,
    landing_path text not null,
    version text not null,
    seen_at timestamp with time zone not null default clock_timestamp(),
    gone_at timestamp with time zone,
    check (gone_at >= seen_at)
);
create unique index remote_file_present on audit.remote_file (address, landing_path, version) where gone_at is null;
comment on table audit.remote_file is
'Archivos de las carpetas de entrega remotas: desde cuándo estuvo allá cada uno y cuándo dejó de estar.';
comment on column audit.remote_file.address is 'Dirección de la carpeta de entrega, sin claves.';
comment on column audit.remote_file.version is 'Lo que allá distingue un archivo de otro con el mismo nombre: fecha y tamaño, o la huella de S3.';
comment on column audit.remote_file.gone_at is
'Cuándo se retiró o dejó de verse; si después aparece uno igual, es otra llegada aunque conserve la fecha.';
