-- Members of groups may ask for a new password, too.
alter table password_resets drop constraint password_resets_role_check;
alter table password_resets add constraint password_resets_role_check
    check (role in ('sellers', 'buyers', 'operators', 'members'));

-- When a token was used last, give or take an hour.
alter table tokens add column last_used_at timestamptz;

-- What one group searches for is its own affair: others see a phrase once several groups have used it. Of what was
-- counted before nobody knows whose it was.
delete from search_phrases;
alter table search_phrases add column group_id bigint not null references groups;
alter table search_phrases drop constraint search_phrases_phrase_lang_type_day_key;
alter table search_phrases add constraint search_phrases_once unique (phrase, lang, type, day, group_id);
