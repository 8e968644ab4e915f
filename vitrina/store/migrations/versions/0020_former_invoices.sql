-- Cancelled invoices whose licences are on another one now: they keep their rows.
create table former_invoices (
    invoice_id bigint not null references invoices,
    licence_id bigint not null references licences,
    primary key (invoice_id, licence_id)
);
