-- Gives back what reserve.lua has set aside, unless its lease has ended, and counts what was used; once, however often
-- it is called. Returns what each counter has come to, 0 where it does not know.
-- KEYS[1] this call, KEYS[2…] counters
-- ARGV[1] end of the lease (0: nothing was set aside); then for each counter: amount set aside, amount used,
-- milliseconds to live, 1 where it must have been begun
local first = redis.call('SET', KEYS[1], '1', 'NX', 'PX', 10000)
local totals = {}
for i = 2, #KEYS do
  local a = 2 + (i - 2) * 4
  if first and (ARGV[a + 3] ~= '1' or redis.call('EXISTS', KEYS[i]) == 1) then
    if ARGV[a] ~= '0' and redis.call('HEXISTS', KEYS[i], ARGV[1]) == 1
      and redis.call('HINCRBY', KEYS[i], ARGV[1], '-' .. ARGV[a]) <= 0 then
      redis.call('HDEL', KEYS[i], ARGV[1])
    end
    totals[i - 1] = redis.call('HINCRBY', KEYS[i], 'used', ARGV[a + 1])
    if totals[i - 1] == tonumber(ARGV[a + 1]) and redis.call('PTTL', KEYS[i]) < 0 then -- it may be new
      redis.call('PEXPIRE', KEYS[i], ARGV[a + 2])
    end
  else
    totals[i - 1] = tonumber(redis.call('HGET', KEYS[i], 'used') or '0')
  end
end
return totals
