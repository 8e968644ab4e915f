-- Sellers who are shut out: they cannot log in, and nothing of theirs is sold.
alter table sellers add column shut_at timestamptz;
alter table sellers add column shut_reason text;

-- Authors whose items a group neither finds nor licenses, as an operator wished.
create table barred_authors (
    group_id  bigint not null references groups,
    seller_id bigint not null references sellers,
    at        timestamptz not null,
    primary key (group_id, seller_id)
);

-- What operators look for. Orders come in the order of their times, so the smallest kind of index finds a span.
create index sellers_found on sellers using gin (lower(name || ' ' || email) gin_trgm_ops);
create index groups_found on groups using gin (lower(legal ->> 'company') gin_trgm_ops);
create index orders_in_time on orders using brin (created_at) with (pages_per_range = 32);
create index orders_closed on orders (status, id) where status in (2, 3, 4);
