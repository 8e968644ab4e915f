-- Who has a second factor: the secret of their app, sealed; the last step of time whose code was used; and digests
-- of the recovery codes that are left.
create table second_factors (
    role       text not null check (role in ('operators', 'members')),
    account_id bigint not null,
    secret     text not null,
    last_step  bigint not null,
    recovery   bytea[] not null,
    created_at timestamptz not null,
    primary key (role, account_id)
);

-- When a session was last used, and from which network address it began.
alter table sessions add column seen_at timestamptz;
update sessions set seen_at = created_at;
alter table sessions alter column seen_at set not null;
alter table sessions add column address text;
