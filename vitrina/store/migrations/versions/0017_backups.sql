-- Backups of this shop that were made to the end, and the one that it was restored from.
create table backups (
    taken_at timestamptz primary key,
    size     bigint not null,
    version  text not null
);
