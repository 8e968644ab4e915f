-- What a member of a group means to license: of an item one licence, with its size and extended options.
create table cart_lines (
    member_id       bigint not null references members,
    item_id         bigint not null references items,
    licence_type_id bigint not null references licence_types,
    size            text not null,
    options         smallint not null check (options between 0 and 31),
    added_at        timestamptz not null,
    primary key (member_id, item_id)
);
