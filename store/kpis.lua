-- Writes what one reader of the journal counted of one community, if nobody else did meanwhile.
-- KEYS: kpis. ARGV: position before, position after, number of fields to forget, these, then field, value, ...
-- Returns nothing, or the position found where it is neither of the two.
local found = redis.call('HGET', KEYS[1], 'position') or ''
if found ~= ARGV[1] and found ~= ARGV[2] then return found end
local gone = tonumber(ARGV[3])
for i = 4, 3 + gone do redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('HSET', KEYS[1], 'position', ARGV[2])
for i = 4 + gone, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
