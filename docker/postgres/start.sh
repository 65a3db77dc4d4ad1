#!/bin/sh
# Starts the image's own entrypoint with the superuser's password from a file. The environment holds it only while the database is
# made: a server that is started again is not given it.
set -eu
if [ ! -s "${PGDATA:-/var/lib/postgresql/data}/PG_VERSION" ]; then
    POSTGRES_PASSWORD=$(cat /run/pipc/postgres/password)
    export POSTGRES_PASSWORD
fi
exec docker-entrypoint.sh "$@"
