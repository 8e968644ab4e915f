-- The language that a buyer is written to in; Russian where none is known.
alter table buyers add column language text check (language in ('ru', 'en'));

-- The place in the order of events up to which buyers were told by mail: one row. What was before is not told.
create table mail_feed (
    transaction xid8 not null,
    id          bigint not null
);
insert into mail_feed values (pg_current_xact_id(), 0);

-- Whoever asked for a new password, whether an account has the address or not. The secret of the link is not kept.
create table password_resets (
    id         uuid primary key,
    role       text not null check (role in ('sellers', 'buyers', 'operators')),
    email      text not null,
    language   text check (language in ('ru', 'en')),
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index password_resets_of on password_resets (role, lower(email));
create index password_resets_expiry on password_resets (expires_at);
