-- What the shop turned over by day (UTC), summed from the event log by one worker at a time: sales never wait for it.
create table turnover_days (
    day        date not null,
    currency   text not null,
    orders     bigint not null default 0,
    revenue    bigint not null default 0, -- what buyers paid, in minor units
    refunds    bigint not null default 0,
    commission bigint not null default 0,
    buyers     bigint not null default 0,
    licences   bigint not null default 0,
    licensed   bigint not null default 0, -- what groups paid
    primary key (day, currency)
);

-- What was sold of each offer, at two grains: a span of any length is then a sum over whole months and some days.
create table turnover_offers (
    day       date not null,
    offer_id  bigint not null,
    seller_id bigint not null,
    sold      bigint not null,
    revenue   bigint not null,
    primary key (day, offer_id)
);
create table turnover_offer_months (
    month     date not null,
    offer_id  bigint not null,
    seller_id bigint not null,
    sold      bigint not null,
    revenue   bigint not null,
    primary key (month, offer_id)
);

-- The place in the order of events up to which they are summed: one row.
create table turnover_feed (
    transaction xid8 not null,
    id          bigint not null,
    counted_at  timestamptz
);
insert into turnover_feed values ('0', 0);

-- What the desk's first page counts.
create index invoices_unpaid on invoices (id) where state = 'unpaid';
