-- Takes a token from the bucket KEYS[1], or puts one back; the same arithmetic as `spend` in bucket.py, in microseconds of the server's clock.
-- ARGV: interval between tokens, burst, tokens (1 or -1). Answers: 1 or 0, and how far ahead the bucket is full (text: Redis cuts numbers).
local interval, burst, tokens = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = tonumber(redis.call('GET', KEYS[1])) or now
-- Further ahead than any bucket can be: the server's clock was set back.
if full_at < now or full_at > now + burst * interval then
    full_at = now
end
local after = math.max(now, full_at + tokens * interval)
if after - now > burst * interval then
    return {0, string.format('%.0f', full_at - now)}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.max(1, math.ceil((after - now) / 1000)))
return {1, string.format('%.0f', after - now)}
