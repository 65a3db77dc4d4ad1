-- What the open data of each publication says of persons, so that the next one is checked against all of them together.
create table audit.publication_cell (
    publication_id integer not null references audit.publication,
    fiscal_year integer not null,
    table_code text not null,
    scope text not null,
    plan_code text not null,
    activity_code text not null,
    session_code text not null,
    period_code text not null,
    dimension text not null,
    category text not null,
    value numeric,
    primary key (
        publication_id, fiscal_year, table_code, scope, plan_code, activity_code, session_code, period_code, dimension, category
    )
);
comment on table audit.publication_cell is
'Celdas que cuentan personas en los datos abiertos de cada publicación, como salieron: la siguiente se comprueba contra todas ellas.';
comment on column audit.publication_cell.scope is 'session, activity o entity, como en rpt_attendance_profile.';
comment on column audit.publication_cell.value is 'El número publicado; vacío si se suprimió.';

create table audit.publication_base (
    publication_id integer not null references audit.publication,
    fiscal_year integer not null,
    table_code text not null,
    plan_code text not null,
    activity_code text not null,
    session_code text not null,
    period_code text not null,
    dimension text not null,
    category text not null,
    qty bigint not null check (qty > 0),
    primary key (publication_id, fiscal_year, table_code, session_code, dimension, category)
);
comment on table audit.publication_base is
'De qué salieron esas celdas: personas por sesión y categoría. No se publica; dice qué tiene que proteger la publicación siguiente.';

create trigger publication_cell_frozen before insert or update or delete on audit.publication_cell
for each row execute function audit.require_draft();
create trigger publication_base_frozen before insert or update or delete on audit.publication_base
for each row execute function audit.require_draft();
create trigger publication_cell_kept before truncate on audit.publication_cell for each statement execute function audit.refuse_change();
create trigger publication_base_kept before truncate on audit.publication_base for each statement execute function audit.refuse_change();
