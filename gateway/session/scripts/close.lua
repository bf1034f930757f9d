-- Ends a stream that there is with an entry that wakes those who wait.
-- KEYS[1] stream
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last and last[2][1] ~= 'end' then
  redis.call('XADD', KEYS[1], string.format('%d-0', tonumber(string.match(last[1], '^%d+')) + 1), 'end', '')
end
return 0
