-- Takes a lock. A repeated attempt with the same token succeeds: the answer to the first may have been lost.
-- KEYS[1] lock; ARGV[1] token, ARGV[2] milliseconds
if redis.call('GET', KEYS[1]) == ARGV[1] or redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return 1
end
return 0
