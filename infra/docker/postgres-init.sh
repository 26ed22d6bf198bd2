#!/bin/sh
# Runs once, when the Postgres volume is empty: Temporal gets a login of its own that cannot see the product's data.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -v password="$TEMPORAL_DB_PASSWORD" <<'SQL'
create role temporal login createdb password :'password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
revoke connect on database throughline from public;
SQL
