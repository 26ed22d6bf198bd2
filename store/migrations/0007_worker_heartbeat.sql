-- Which workers are alive. Temporal lists a killed poller for minutes; health must know within seconds.
create table worker_heartbeat (
  id uuid primary key,
  queue text not null,
  at timestamptz not null default now()
);
grant select, insert, update, delete on worker_heartbeat to throughline_app;
