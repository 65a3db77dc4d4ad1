-- Who may do what (roles of the architecture page). Everything is granted here, nothing to the public.
revoke all on all tables in schema raw, audit, private from public;
grant usage on schema raw, audit, private to pipc_loader;
grant select, insert on all tables in schema raw, private to pipc_loader;
grant select, insert on all tables in schema audit to pipc_loader;
-- Simulated times are the sample loader's alone.
revoke insert on audit.build, audit.build_relation, audit.build_failure, audit.alembic_version, audit.prepared, audit.simulated_receipt from pipc_loader;
grant update (state, known_to, superseded_by) on audit.submission to pipc_loader;
-- A decision about a response is closed by the next one, never changed.
grant update (known_to) on audit.response_session to pipc_loader;
-- Whoever takes a file from another server notes that it is no longer there.
grant update (gone_at) on audit.remote_file to pipc_loader;
grant update (state, refusals, error, sent_at) on audit.letter to pipc_loader;
-- The staging table of a large file holds personal columns: it is made, filled and dropped in schema private.
grant create on schema private to pipc_loader;

grant usage on schema raw, audit to pipc_transformer;
grant select on all tables in schema raw, audit to pipc_transformer;
grant insert on audit.build, audit.build_relation, audit.build_failure to pipc_transformer;
grant usage, create on schema staging, intermediate, marts to pipc_transformer;

grant usage on schema marts to pipc_analyst, pipc_dashboard;
grant usage on schema private to pipc_privacy;
grant select on all tables in schema private to pipc_privacy;

-- Publications are the publisher's alone: it reads the marts as an analyst, the ledger and the rows behind a figure, and no name of a person.
revoke insert on audit.publication, audit.publication_figure, audit.publication_source, audit.publication_document,
audit.publication_waiver, audit.publication_file, audit.report_text from pipc_loader;
grant usage on schema raw, audit to pipc_publisher;
grant select on all tables in schema raw, audit to pipc_publisher;
grant insert on audit.publication, audit.publication_figure, audit.publication_source, audit.publication_document,
audit.publication_waiver, audit.publication_file, audit.report_text to pipc_publisher;
grant update on audit.publication to pipc_publisher;
-- A draft is computed anew; triggers hold what is published.
grant delete on audit.publication_figure, audit.publication_source, audit.publication_document, audit.publication_waiver
to pipc_publisher;
-- What open data says of persons: analysts and dashboards see it in the package itself.
revoke insert on audit.publication_cell, audit.publication_base from pipc_loader;
grant insert, delete on audit.publication_cell, audit.publication_base to pipc_publisher;

-- Erasures are made by the eraser; a load reads the list, and nobody else reads whom an unfinished one is looking for.
revoke insert on audit.erasure, audit.redaction, audit.redaction_check, audit.housekeeping, private.erased_person from pipc_loader;
revoke all on private.erasure_work from pipc_loader, pipc_privacy;
-- Any text of any row may name the person: it changes rows everywhere, but neither tables nor triggers, and sees no other database.
grant usage on schema raw, audit, private to pipc_eraser;
grant select, insert, update, delete on all tables in schema raw, audit, private to pipc_eraser;
revoke insert, update, delete on audit.alembic_version, audit.prepared from pipc_eraser;
do $$
begin
    -- The space of deleted rows is given back by VACUUM, which before PostgreSQL 17 only a table's owner may do.
    if current_setting('server_version_num')::integer >= 170000 then
        execute 'grant maintain on all tables in schema raw, audit, private to pipc_eraser';
    end if;
end
$$;
grant usage on schema audit to pipc_sampler;
grant select (sha256) on audit.submission to pipc_sampler;
grant select, insert on audit.simulated_receipt to pipc_sampler;
-- What the marts suppress from, to prove that nobody can compute it: only models that name the role let it in.
grant usage on schema intermediate to pipc_publisher;

-- Whoever watches counts and dates: states and times of the ledger, no row of a file and no address.
grant usage on schema audit to pipc_watcher;
grant select on audit.submission, audit.submission_event, audit.answer, audit.letter, audit.build, audit.build_failure, audit.publication,
audit.publication_source, audit.obligation_event, audit.prepared, audit.alembic_version to pipc_watcher;
grant select (submission_id, severity) on audit.finding to pipc_watcher;
