-- Sets an amount aside on every counter, or on none. A counter is a hash: "used", and what is set aside by the
-- millisecond at which its lease ends; counts.go does the same in memory. Leases run on this server's clock.
-- Returns {0, end of the lease}, {place of the counter that it does not fit into, 0} or {-1, 0} where one was not begun.
-- KEYS[1] this call, KEYS[2…] counters
-- ARGV[1] milliseconds of the lease (0: counted at once); then for each counter: amount, limit, milliseconds to live,
-- 1 where it must have been begun
local before = redis.call('GET', KEYS[1])
if before then
  return {0, tonumber(before)} -- repeated: the answer to the first may have been lost
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fresh = {}
for i = 2, #KEYS do
  local a = 2 + (i - 2) * 4
  local fields = redis.call('HGETALL', KEYS[i])
  if #fields == 0 and ARGV[a + 3] == '1' then
    return {-1, 0}
  end
  fresh[i] = #fields == 0
  local total = 0
  for j = 1, #fields, 2 do
    if fields[j] ~= 'used' and tonumber(fields[j]) <= now then
      redis.call('HDEL', KEYS[i], fields[j])
    else
      total = total + tonumber(fields[j + 1])
    end
  end
  if total + tonumber(ARGV[a]) > tonumber(ARGV[a + 1]) then
    return {i - 1, 0}
  end
end
local lease, expires, field = tonumber(ARGV[1]), 0, 'used'
if lease > 0 then
  local width = math.max(1, math.floor(lease / 4))
  expires = (math.floor((now + lease) / width) + 1) * width
  field = string.format('%.0f', expires)
end
for i = 2, #KEYS do
  local a = 2 + (i - 2) * 4
  if ARGV[a] ~= '0' then
    redis.call('HINCRBY', KEYS[i], field, ARGV[a])
    if fresh[i] then
      redis.call('PEXPIRE', KEYS[i], ARGV[a + 2])
    end
  end
end
redis.call('SET', KEYS[1], string.format('%.0f', expires), 'PX', 10000)
return {0, expires}
