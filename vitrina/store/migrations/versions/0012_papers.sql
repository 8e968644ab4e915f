-- What members of groups look licences and invoices up by: a group may have a million of them.
create index licences_words on licences using gin (group_id, lower(
    coalesce(project, '') || E'\n' || coalesce(client, '') || E'\n' || coalesce(purchase_order, '')
) gin_trgm_ops);
create index licences_on_no_invoice on licences (group_id, created_at, id) where invoice_id is null;
drop index licences_of_invoice;
create index licences_of_invoice on licences (invoice_id, id) where invoice_id is not null;
create index invoices_in_state on invoices (group_id, state, created_at, id);
