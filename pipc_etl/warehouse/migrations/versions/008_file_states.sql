-- A file has its verdict from the beginning; the only change afterwards is that another one takes the place of an accepted one.
create function audit.refuse_file_state() returns trigger language plpgsql as $$
begin
    raise exception 'submission %: a file that is % does not become %', old.submission_id, old.state, new.state;
end
$$;
comment on function audit.refuse_file_state() is 'Rechaza los cambios de estado de un archivo que no existen: un archivo aceptado solo puede ser reemplazado.';

create trigger submission_state_moves before update of state on audit.submission for each row
when (
    new.state <> old.state
    and not (old.state in ('accepted', 'accepted_with_observations') and new.state = 'superseded')
)
execute function audit.refuse_file_state();
