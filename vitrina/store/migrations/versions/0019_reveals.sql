-- From where a buyer looked at a key is kept in key_reveals, and is nothing that its seller should read.
update events set data = data - 'address' where kind = 'key.revealed';
