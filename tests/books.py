"""What must hold in the books of working groups; each statement finds the rows that break the sentence."""

BOOKS = {
    "every transaction of a group's money adds up to nothing": """
        select transaction_id, currency, sum(amount), null::bigint as group_id from ledger_entries
        group by transaction_id, currency having sum(amount) <> 0""",
    "a group's balances are the sums of their entries": """
        select account, b.balance, e.balance, split_part(account, ':', 2)::bigint as group_id from (
            select account, sum(balance) as balance from ledger_balances group by account) b
        full join (select account, sum(amount) as balance from ledger_entries group by account) e using (account)
        where (account like 'group:%' or account like 'receivable:%') and b.balance is distinct from e.balance""",
    "a prepaid group is charged if and only if it licensed": """
        select g.id as group_id, paid.total as refilled, bought.total as licensed, held.total as balance from groups g
        cross join lateral (select coalesce(sum(subtotal), 0) as total from invoices
            where group_id = g.id and type = 'balance_refill' and state = 'paid') paid
        cross join lateral (select coalesce(sum(price), 0) as total from licences
            where group_id = g.id and prepaid) bought
        cross join lateral (select -coalesce(sum(balance), 0) as total from ledger_balances
            where account = 'group:' || g.id) held
        where held.total <> paid.total - bought.total""",
    "a prepaid balance was never below nothing": """
        select group_id, lowest from (
            select substring(account from 7)::bigint as group_id, min(held) as lowest from (
                select account, -sum(amount) over (partition by account order by id) as held
                from ledger_entries where account like 'group:%') each_moment
            group by account) lowest
        join groups g on g.id = group_id where lowest < -g.credit_line""",
    "a postpaid group owes what it licensed, and VAT of its invoices, less what it paid": """
        select g.id as group_id, owes.total as owes, bought.total as licensed, billed.vat, billed.paid from groups g
        cross join lateral (select coalesce(sum(balance), 0) as total from ledger_balances
            where account = 'receivable:' || g.id) owes
        cross join lateral (select coalesce(sum(price), 0) as total from licences
            where group_id = g.id and not prepaid) bought
        cross join lateral (select coalesce(sum(vat) filter (where state <> 'cancelled'), 0) as vat,
                coalesce(sum(subtotal + vat) filter (where state = 'paid'), 0) as paid
            from invoices i where group_id = g.id and type = 'file_invoice'
                and not exists (select from licences where invoice_id = i.id and prepaid)) billed
        where owes.total <> bought.total + billed.vat - billed.paid""",
    "an invoice that is not cancelled is the sum of its lines, so that each licence is on one": """
        select i.group_id, i.number, i.subtotal, lines.total from invoices i
        cross join lateral (select coalesce((select sum(price) from licences l
            where l.invoice_id = i.id and l.group_id = i.group_id), 0)
            + coalesce((select amount from refill_lines where invoice_id = i.id), 0) as total) lines
        where i.state <> 'cancelled' and i.subtotal <> lines.total""",
    "an invoice has the VAT of its rate": """
        select group_id, number, subtotal, vat, vat_rate from invoices
        where vat <> (subtotal * coalesce(vat_rate, 0) + 5000) / 10000""",
    "numbers of invoices have no gaps": """
        select null::bigint as group_id, count(*), (select last - 10005000 from invoice_numbers) as given from invoices
        having count(*) <> (select last - 10005000 from invoice_numbers)""",
    "a licence is passed on once, and each transfer is of one licence": """
        select t.group_id, t.id, count(l.id) from transfers t
        left join licences l on l.transfer_id = t.id and l.group_id = t.group_id
        group by t.id having count(l.id) <> 1""",
    "what members did is counted by hour": """
        select group_id, member_id, h.kept, d.counted from (
            select group_id, member_id, array[sum(comps), sum(licensed), sum(transferred)]::bigint[] as kept
            from member_hours group by group_id, member_id) h
        full join ({done}) d using (group_id, member_id) where h.kept is distinct from d.counted""",
    "what members did is counted by day": """
        select group_id, member_id, h.kept, d.counted from (
            select group_id, member_id, array[sum(comps), sum(licensed), sum(transferred)]::bigint[] as kept
            from member_days group by group_id, member_id) h
        full join ({done}) d using (group_id, member_id) where h.kept is distinct from d.counted""",
    "what members did is counted by item": """
        select d.group_id, member_id, h.kept, d.counted from (
            select member_id, array[sum(comps), sum(licensed), sum(transferred)]::bigint[] as kept
            from member_items group by member_id) h
        full join ({done}) d using (member_id) where h.kept is distinct from d.counted""",
    "every licence, transfer and invoice was told of once": """
        select done.group_id, done.id, done.kind, told.times from (
            select group_id, id, 'licence.issued' as kind from licences
            union all select group_id, id, 'licence.transferred' from licences where transfer_id is not null
            union all select group_id, id, 'comp.taken' from comps
            union all select group_id, id, 'invoice.created' from invoices
            union all select group_id, id, 'invoice.paid' from invoices
                where state = 'paid' and not (type = 'file_invoice' and exists (
                    select from licences where invoice_id = invoices.id and prepaid))
            union all select group_id, id, 'invoice.cancelled' from invoices where state = 'cancelled') done
        left join (select kind, subject_id as id, count(*) as times from events group by kind, subject_id) told
            using (kind, id) where told.times is distinct from 1""",
}

_DONE = """
    select group_id, member_id, array[sum(comps), sum(licensed), sum(transferred)]::bigint[] as counted from (
        select group_id, member_id, 1 as comps, 0 as licensed, 0 as transferred from comps
        union all select group_id, member_id, 0, 1, 0 from licences
        union all select group_id, member_id, 0, 0, 1 from transfers) each_one
    group by group_id, member_id"""
BOOKS = {sentence: sql.replace("{done}", _DONE) for sentence, sql in BOOKS.items()}
