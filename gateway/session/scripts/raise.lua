-- Begins a counter, or brings it up to at least so much.
-- KEYS[1] counter; ARGV[1] at least, ARGV[2] milliseconds to live
local used = tonumber(redis.call('HGET', KEYS[1], 'used') or '-1')
if used < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'used', ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0
