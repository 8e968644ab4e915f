-- $N orders and $N licences over the last year, with all that they leave behind: ledger, totals and events.
-- A third of all sales is one seller's, half of all licences one group's.
set synchronous_commit = off;

insert into sellers (email, name, password_hash, created_at)
select 'seller' || n || '@bench.example', 'Seller ' || n, '', now() from generate_series(1, least(1000, $N / 10)) n;
insert into buyers (email, name, password_hash, created_at)
select 'buyer' || n || '@bench.example', 'Buyer ' || n, '', now() - random() * interval '365 days'
from generate_series(1, $N / 10) n;
insert into operators (email, name, password_hash, created_at) values ('o@bench.example', 'Operator', '', now());

insert into offers (seller_id, title, title_folded, description, section, catalog_path, price, age_rating, tag_ids,
    status, created_at, updated_at)
select s.id, 'Offer ' || n, 'offer ' || n, 'A service', 8, '{52}', 10000 + n, 0, '{}', 1, now(), now()
from generate_series(1, least(10000, $N / 10)) n
    join (select id, row_number() over (order by id) as place from sellers) s
        on s.place = 1 + case when n % 3 = 0 then 0 else n % (select count(*) from sellers) end;

create temporary table sales as
select n, timestamptz 'now' - random() * interval '365 days' as at, o.id as offer_id, o.seller_id, o.title, o.price,
    (select min(id) from buyers) + n % (select count(*) from buyers) as buyer_id
from generate_series(1, $N) n
    join (select *, row_number() over (order by id) as place from offers) o
        on o.place = 1 + (n * 7919::bigint) % (select count(*) from offers);
insert into orders (id, buyer_id, status, total, created_at, expires_at, paid_at)
select n, buyer_id, 1, price, at, at, at from sales order by n;
select setval(pg_get_serial_sequence('orders', 'id'), (select max(id) from orders));
insert into order_lines (order_id, position, offer_id, seller_id, section, title, price, quantity)
select n, 1, offer_id, seller_id, 8, title, price, 1 from sales order by n;
insert into payments (order_id, provider, amount, status, created_at, updated_at)
select n, 'test', price, 2, at, at from sales order by n;
insert into ledger_entries (transaction_id, account, amount, reason, order_id, at)
select n, e.account, e.amount, 'sale', n, at from sales, lateral (
    select 'provider:test' as account, price as amount
    union all select 'seller:' || seller_id, price / 10 - price
    union all select 'shop:commission', -(price / 10)) e
order by n;
insert into daily_totals (seller_id, day, offer_id, slot, sold, revenue, earned)
select seller_id, (at at time zone 'UTC')::date, offer_id, n % 8, count(*), sum(price), sum(price - price / 10)
from sales group by 1, 2, 3, 4 order by 2; -- as days bring them
truncate seller_days, offer_months;
update totals_summed set day = '-infinity', month = '-infinity';
insert into offer_totals (offer_id, slot, purchases) select offer_id, n % 8, count(*) from sales group by 1, 2;
insert into events (at, kind, actor, seller_id, subject_id, data)
select at, e.kind, 'buyer:' || buyer_id, e.seller_id, e.subject_id, e.data from sales, lateral (
    select 'order.paid' as kind, null::bigint as seller_id, n as subject_id, jsonb_build_object('total', price) as data
    union all select 'offer.sold', seller_id, offer_id, jsonb_build_object('order', n, 'quantity', 1, 'price', price)) e
order by at;

insert into groups (legal, created_at) select '{"company": "Company"}', now() from generate_series(1, 10);
insert into members (group_id, username, email, password_hash, rights, created_at)
select g.id, 'm' || g.id || '-' || n, 'm' || g.id || '-' || n || '@bench.example', '',
    '{log_in,license,test_copies,edit_group}', now() from groups g, generate_series(1, 5) n;
insert into licence_types (group_id, name, product_type, created_at) select id, 'Web', 'image', now() from groups;
insert into licence_type_sizes (licence_type_id, size, price) select id, 's-2015', 1000 from licence_types;
insert into contents (id, seller_id, kind, media_type, title, title_folded, description, uri, size, status, created_at,
    updated_at)
select 900000000 + n, (select min(id) from sellers), 1, 'image/jpeg', 'Work', 'work', '', 'bench/' || n, 1, 2, now(),
    now() from generate_series(1, least(10000, $N / 10)) n;
insert into items (content_id, seller_id, type, title, width, height, size, extension, created_at, published_at,
    updated_at)
select id, seller_id, 'image', 'Item ' || id, 6000, 4000, 1, 'jpg', now(), now(), now() from contents
where id > 900000000;
create temporary table issued as
select n, timestamptz 'now' - random() * interval '365 days' as at, m.id as member_id, m.group_id, t.id as type_id,
    i.id as item_id, i.seller_id, 'Project ' || n % 100 as project
from generate_series(1, $N) n
    join (select *, row_number() over (order by id) as place from members) m
        on m.place = 1 + case when n % 2 = 0 then n / 2 % 5 else n / 2 % 50 end
    join licence_types t on t.group_id = m.group_id
    join (select *, row_number() over (order by id) as place from items) i
        on i.place = 1 + (n * 7919::bigint) % (select count(*) from items);
insert into licences (group_id, member_id, licence_type_id, item_id, item_type, seller_id, size, price, currency,
    prepaid, project, created_at)
select group_id, member_id, type_id, item_id, 'image', seller_id, 's-2015', 1000, 'USD', true, project, at from issued
order by at;
insert into member_hours (group_id, hour, member_id, licensed)
select group_id, date_trunc('hour', at, 'UTC'), member_id, count(*) from issued group by 1, 2, 3;
insert into member_days (group_id, day, member_id, licensed)
select group_id, (at at time zone 'UTC')::date, member_id, count(*) from issued group by 1, 2, 3;
insert into member_items (member_id, day, item_id, licensed)
select member_id, (at at time zone 'UTC')::date, item_id, count(*) from issued group by 1, 2, 3;
insert into events (at, kind, actor, seller_id, subject_id, data)
select created_at, 'licence.issued', 'member:' || member_id, seller_id, id, jsonb_build_object('group', group_id,
    'item', item_id, 'size', size, 'price', price, 'fee', price / 10) from licences order by id;
insert into events (at, kind, actor, seller_id, subject_id, data)
select timestamptz 'now' - n * interval '1 hour', 'offer.changed', 'seller:' || seller_id, seller_id, id,
    '{"fields": ["price"], "price": 500, "was": {"price": 400}}'
from (select min(id) as id, min(seller_id) as seller_id from offers) o, generate_series(1, 100) n;
