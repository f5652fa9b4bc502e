-- One quota check, all or nothing.
-- KEYS: for each quota its counter and its refunds. ARGV: for each quota limit, expiry (Unix seconds), quantity,
-- over-accept ("1"/"0"), hash field ("_": plain counter), maximal number of hash fields.
-- Reply: for each quota rejected (nil or 1) and consumed.
local function num(v) return tonumber(v or 0) end

local count, rejected, reply = #KEYS / 2, false, {}
for i = 1, count do
  local key, a = KEYS[2 * i - 1], 6 * (i - 1)
  local limit, quantity = num(ARGV[a + 1]), num(ARGV[a + 3])
  local field, fields = ARGV[a + 5], num(ARGV[a + 6])
  local raw
  if field == '_' then raw = redis.call('GET', key) else raw = redis.call('HGET', key, field) end
  local used = num(raw) - num(redis.call('GET', KEYS[2 * i]))

  local full
  if field ~= '_' and not raw and fields >= 0 and redis.call('HLEN', key) >= fields then
    full = true
  elseif limit < 0 then
    full = false
  elseif quantity == 0 or ARGV[a + 4] == '1' then
    full = used >= limit
  else
    full = used + quantity > limit
  end
  rejected = rejected or full
  reply[2 * i - 1] = full and 1 or false
  reply[2 * i] = used
end
if rejected then return reply end

for i = 1, count do
  local key, a = KEYS[2 * i - 1], 6 * (i - 1)
  local quantity, field = num(ARGV[a + 3]), ARGV[a + 5]
  if quantity > 0 then
    local now
    if field == '_' then now = redis.call('INCRBY', key, ARGV[a + 3]) else now = redis.call('HINCRBY', key, field, ARGV[a + 3]) end
    if now == quantity then redis.call('EXPIREAT', key, ARGV[a + 2]) end
    reply[2 * i] = reply[2 * i] + quantity
  end
end
return reply
