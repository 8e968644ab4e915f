-- Operators read the log by time, by kind, by subject and by who did it; each has an index in the order of its pages.
create index events_in_time on events (at, id);
create index events_of_kind on events (kind, at, id);
create index events_of_subject on events (kind, subject_id, at, id);
create index events_of_actor on events (actor, kind, at, id);
