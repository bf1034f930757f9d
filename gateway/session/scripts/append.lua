-- Adds an event and returns its number, or -1 where the stream is closed.
-- KEYS[1] stream, KEYS[2] the conversation's hash of message to bytes kept
-- ARGV[1] event, ARGV[2] message, ARGV[3] most events, ARGV[4] most bytes, ARGV[5] milliseconds to live
local seq = 1
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then
  if last[2][1] == 'end' then
    return -1
  end
  seq = tonumber(string.match(last[1], '^%d+')) + 1
end
redis.call('XADD', KEYS[1], string.format('%d-0', seq), 'd', ARGV[1])
local bytes = redis.call('HINCRBY', KEYS[2], ARGV[2], #ARGV[1])
local kept = redis.call('XLEN', KEYS[1])
while kept > 1 and (kept > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4])) do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', KEYS[1], first[1])
  bytes = redis.call('HINCRBY', KEYS[2], ARGV[2], -#first[2][2])
  kept = kept - 1
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return seq
