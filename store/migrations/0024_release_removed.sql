-- A release that is not wanted any more gives its program's room back. Its row stays: a version is one program, for ever.
alter table release add column removed_at timestamptz;
grant update (removed_at) on release to throughline_app;
grant delete on release_piece to throughline_app;
