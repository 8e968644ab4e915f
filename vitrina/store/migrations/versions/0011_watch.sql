-- What operators look at before or after buyers do. `unseen_since`: on sale in words that no operator has looked at;
-- what an operator hid waits until one restores it.
alter table offers
    add column unseen_since timestamptz,
    add column hidden_at timestamptz,
    add column hidden_reason text,
    add column hidden_published boolean not null default false; -- whether it was on sale when it was hidden
create index offers_unseen on offers (unseen_since, id)
    where unseen_since is not null and deleted_at is null and (status = 1 or hidden_at is not null);
create index offers_hidden on offers (hidden_at, id) where hidden_at is not null and deleted_at is null;
create index offers_hidden_of_seller on offers (seller_id, hidden_at, id)
    where hidden_at is not null and deleted_at is null;

alter table items
    add column unseen_since timestamptz,
    add column hidden_at timestamptz,
    add column hidden_reason text;
create index items_unseen on items (unseen_since, id) where unseen_since is not null and status = 'active';
create index items_hidden on items (hidden_at, id) where hidden_at is not null;

alter table reviews
    add column unseen_since timestamptz,
    add column hidden_at timestamptz,
    add column hidden_reason text;
create index reviews_unseen on reviews (unseen_since, id) where unseen_since is not null;
create index reviews_hidden on reviews (hidden_at, id) where hidden_at is not null;
drop index reviews_of_offer;
create index reviews_of_offer on reviews (offer_id, id desc) where hidden_at is null;

-- Works that could not be processed, of all sellers.
create index contents_failed on contents (updated_at, id) where status = 3 and deleted_at is null;
