-- Totals of days that are over, summed once more: a year of a busy seller is hundreds of thousands of rows by offer.
create table seller_days (
    seller_id bigint not null,
    day       date not null,
    views     bigint not null,
    sold      bigint not null,
    revenue   bigint not null,
    earned    bigint not null,
    refunded  bigint not null,
    primary key (seller_id, day)
);
create table offer_months (
    seller_id bigint not null,
    month     date not null,
    offer_id  bigint not null,
    views     bigint not null,
    sold      bigint not null,
    revenue   bigint not null,
    earned    bigint not null,
    refunded  bigint not null,
    primary key (seller_id, month, offer_id)
);

-- How far: days before `day` are in seller_days, those before `month` in offer_months. One row.
create table totals_summed (
    day   date not null,
    month date not null
);
insert into totals_summed values ('-infinity', '-infinity');

-- Days come one after the other, so few blocks hold those that are to be summed.
create index daily_totals_day on daily_totals using brin (day) with (pages_per_range = 32, autosummarize = on);
