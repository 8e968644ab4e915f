"""What must hold in the database whatever was killed; each statement finds the rows that break the sentence."""

from tests.books import BOOKS

KEYED = "(3, 12, 13)"  # sections that carry keys

# Holds at every moment.
ALWAYS = {
    "keys are counted by status": """
        select offer_id, k.kept, c.counted from (
            select offer_id, array[sum(available), sum(reserved), sum(sold), sum(deleted), sum(expired)]::bigint[]
                as kept from key_counts group by offer_id) k
        full join (select offer_id, array[count(*) filter (where status = 0), count(*) filter (where status = 1),
                count(*) filter (where status = 2), count(*) filter (where status = 3),
                count(*) filter (where status = 4)] as counted from keys group by offer_id) c using (offer_id)
        where k.kept is distinct from c.counted""",
    "a key is of an order if it is reserved or sold, and else of none": """
        select id, status, order_line_id from keys where (status in (1, 2)) <> (order_line_id is not null)""",
    "an order has as many keys as it wanted while it is reserved or sold, and else none": f"""
        select l.id, o.status, l.quantity, count(k.id) from order_lines l join orders o on o.id = l.order_id
        left join keys k on k.order_line_id = l.id
            and k.status = case when o.status = 0 then 1 when o.status in (1, 4) then 2 end
        where l.section in {KEYED} group by l.id, o.status
        having count(k.id) <> case when o.status in (0, 1, 4) then l.quantity else 0 end""",
    "every order has lines that make its total": """
        select o.id, o.total, sum(l.price * l.quantity) from orders o left join order_lines l on l.order_id = o.id
        group by o.id having o.total is distinct from sum(l.price * l.quantity)""",
    "an order that was paid has one sale in the ledger, and another has none": """
        select o.id, o.status, count(distinct e.transaction_id) from orders o
        left join ledger_entries e on e.order_id = o.id and e.reason = 'sale' group by o.id
        having count(distinct e.transaction_id) <> (o.status in (1, 4) and o.total > 0)::int""",
    "every transaction of the ledger adds up to nothing": """
        select transaction_id, currency, sum(amount) from ledger_entries
        group by transaction_id, currency having sum(amount) <> 0""",
    "balances are the sums of their entries": """
        select account, currency, b.balance, e.balance from (
            select account, currency, sum(balance) as balance from ledger_balances group by account, currency) b
        full join (select account, currency, sum(amount) as balance from ledger_entries
            group by account, currency) e using (account, currency)
        where b.balance is distinct from e.balance""",
    "access is open where an order is paid, ended where it was refunded, and else there is none": """
        select l.id, o.status, e.id, e.ended_at from order_lines l join orders o on o.id = l.order_id
        left join entitlements e on e.order_line_id = l.id
        where case when o.status = 1 then e.id is null or e.ended_at is not null
            when o.status = 4 then e.id is null or e.ended_at is null else e.id is not null end""",
    "what was bought of an offer is counted": """
        select offer_id, t.purchases, l.bought from (
            select offer_id, sum(purchases) as purchases from offer_totals group by offer_id) t
        full join (select offer_id, sum(quantity) as bought from order_lines
            join orders o on o.id = order_id and o.status in (1, 4) group by offer_id) l using (offer_id)
        where coalesce(t.purchases, 0) <> coalesce(l.bought, 0)""",
    "what the days brought is counted": """
        select offer_id, t.kept, l.counted from (
            select offer_id, array[sum(sold), sum(revenue), sum(refunded)]::bigint[] as kept
            from daily_totals group by offer_id) t
        full join (select offer_id, array[sum(quantity), sum(price * quantity),
                coalesce(sum(price * quantity) filter (where o.status = 4), 0)]::bigint[] as counted
            from order_lines join orders o on o.id = order_id and o.status in (1, 4) group by offer_id) l
        using (offer_id) where coalesce(t.kept, '{0,0,0}') <> coalesce(l.counted, '{0,0,0}')""",
    "every paid order was told of once": """
        select o.id, o.status, count(e.id) from orders o
        left join events e on e.kind = 'order.paid' and e.subject_id = o.id group by o.id
        having count(e.id) <> (o.status in (1, 4))::int""",
    "money came only for what the bank says was paid": """
        select p.id, p.status, t.outcome from payments p left join test_intents t on t.id = p.intent
        where p.status in (2, 4, 5) and coalesce(t.outcome, '')
            not in ('succeeds', 'answers_twice', 'answers_late')""",
    "an order is paid for once": """
        select o.id, count(p.id) from orders o join payments p on p.order_id = o.id and p.status = 2
        group by o.id having count(p.id) > 1 or o.status not in (1, 4)""",
    "an upload knows how many parts it has": """
        select u.uuid, u.received, count(p.index) from uploads u left join upload_parts p using (uuid)
        group by u.uuid having u.received <> count(p.index)""",
    "offers are counted by status": """
        select seller_id, section, status, c.total, o.total from
            (select * from offer_counts where total <> 0) c
        full join (select seller_id, section, status, count(*) as total from offers where deleted_at is null
            group by seller_id, section, status) o using (seller_id, section, status)
        where c.total is distinct from o.total""",
} | BOOKS

# Holds once nothing is under way any more.
AT_REST = {
    "nothing is left reserved": "select id from orders where status = 0 union all select id from keys where status = 1",
    "what the bank says was paid was delivered, or is given back with a reason": """
        select t.id, t.outcome, p.status, p.reason, o.status as order_status, t.refunded from test_intents t
        left join payments p on p.intent = t.id left join orders o on o.id = p.order_id
        where t.outcome in ('succeeds', 'answers_twice', 'answers_late') and t.answers_at <= now()
            and not coalesce(p.status = 2 and o.status = 1 and not t.refunded
                or p.status = 5 and t.refunded and p.reason is not null, false)""",
    "providers hold what the bank took and did not give back": """
        select sum(e.amount), (select sum(amount) from test_intents where not refunded and answers_at <= now()
            and outcome in ('succeeds', 'answers_twice', 'answers_late')) as held
        from ledger_entries e where account = 'provider:test'
        having coalesce(sum(e.amount), 0) <> coalesce((select sum(amount) from test_intents where not refunded
            and answers_at <= now() and outcome in ('succeeds', 'answers_twice', 'answers_late')), 0)""",
    "no buyer waits for money": """
        select account, sum(balance) from ledger_balances where account = 'refunds:due'
        group by account having sum(balance) <> 0""",
    "no job is left": "select id, entrypoint, status, attempts, updated from pgqueuer",
    "a work that arrived is ready or failed": """
        select c.id, c.status from contents c join uploads u on u.content_id = c.id
        where u.received = u.part_count and c.status not in (2, 3)""",
}
