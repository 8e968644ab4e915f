-- Those of many items that are no longer on sale, without a look at their rows.
create index items_off_sale on items (id) where status <> 'active';
