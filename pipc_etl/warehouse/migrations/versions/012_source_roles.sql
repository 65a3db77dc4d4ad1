-- Of a percent, a source tells what was counted from what it is of; and whose file it is, since several dependencies name theirs alike.
alter table audit.publication_source
add column dependency_code text not null default '',
add column role text not null default 'value' check (role in ('value', 'numerator', 'denominator'));
comment on column audit.publication_source.dependency_code is 'De qué dependencia es el archivo; vacío si no es de una.';
comment on column audit.publication_source.role is 'De qué número de la cifra son las celdas: value, numerator (lo que se cuenta) o denominator (de cuánto).';
