-- One batch of one community, all or nothing: states, alarms, meta, outbox, and the delta for the screens.
-- KEYS  meta, devices, alarms, outbox
-- ARGV  expected position ('' = none yet), channel, delta, then six counts and the flat arguments they count:
--       meta field/value, device id/json, alarm key/json, alarm keys to delete, device ids to delete, outbox
--       topic/id/value
-- Returns false when written; else the position found: somebody else has moved the state, nothing was touched.
local found = redis.call('HGET', KEYS[1], 'position') or ''
if found ~= ARGV[1] then return found end
local at = 10
local function take(count, each)
  local last = at + count - 1
  while at <= last do
    local stop = math.min(last, at + 999) -- unpack puts its values on the C stack: keep them under a thousand
    each(at, stop)
    at = stop + 1
  end
end
local function hset(key)
  return function(from, to) redis.call('HSET', key, unpack(ARGV, from, to)) end
end
take(tonumber(ARGV[4]), hset(KEYS[1]))
take(tonumber(ARGV[5]), hset(KEYS[2]))
take(tonumber(ARGV[6]), hset(KEYS[3]))
local function hdel(key)
  return function(from, to) redis.call('HDEL', key, unpack(ARGV, from, to)) end
end
take(tonumber(ARGV[7]), hdel(KEYS[3]))
take(tonumber(ARGV[8]), hdel(KEYS[2]))
local last = at + tonumber(ARGV[9]) - 1
while at <= last do
  redis.call('XADD', KEYS[4], '*', 'topic', ARGV[at], 'id', ARGV[at + 1], 'value', ARGV[at + 2])
  at = at + 3
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return false
