-- The generic cell rate algorithm; Memory.Allow is the same one. Times are microseconds on this server's clock, so that
-- instances need not agree on theirs. Returns 0, or how long to wait.
-- KEYS[1] bucket; ARGV[1] interval, ARGV[2] window
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = tonumber(redis.call('GET', KEYS[1]) or '0')
arrival = math.min(math.max(arrival, now), now + window) + interval
local early = arrival - window - now
if early > 0 then
  return early
end
-- %.0f: a number's own text has 14 digits, and these have 16.
redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.max(1, math.ceil((arrival - now) / 1000)))
return 0
