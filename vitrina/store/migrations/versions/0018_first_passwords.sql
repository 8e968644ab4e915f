-- Whether somebody else chose the password: pages open once its owner has chosen another.
alter table sellers add column must_change_password boolean not null default false;
alter table buyers add column must_change_password boolean not null default false;
alter table operators add column must_change_password boolean not null default false;
alter table members add column must_change_password boolean not null default false;
