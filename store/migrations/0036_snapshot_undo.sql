-- An edit is taken back by a row of its own: what was done, by whom and when is kept, and what the rules hid before is hidden again.
alter table snapshot_edit drop constraint snapshot_edit_action_check;
alter table snapshot_edit add check (action in ('hide', 'show', 'undo'));
