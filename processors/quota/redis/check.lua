-- Many quota checks in one call: each one all or nothing, one after the other, as if each were a call of its own. Equal checks stand
-- together as one shape with a number of times: once one of them is rejected nothing changes any more, and the others are rejected too.
--
-- A cell is a counter with its refunds. KEYS: for each cell the counter and the refunds.
-- ARGV: number of cells, number of shapes; for each cell its hash field ("_": plain counter); then for each shape how often, its number of
-- counters, and for each of these cell, limit, expiry (Unix seconds), quantity, over-accept (1 or 0), maximal number of hash fields.
-- Reply, a flat list of numbers: for each shape how many were counted, and 0 (all), 1 (the others are rejected) or -1 (the others could not be
-- checked: a key is broken); for each counter what was consumed before, by how much each counted check raised it, and 1 if it rejects.
local KEYS, ARGV, tonumber, call, find = KEYS, ARGV, tonumber, redis.call, string.find
local exact, most = 9007199254740992, 9223372036854774784 -- 2^53, the largest number below 2^63

-- whole reads a counter: nil where Redis could not add to it.
local function whole(s)
  if s == '0' or find(s, '^%-?[1-9]%d*$') then
    local n = tonumber(s)
    if n and n <= most and n >= -most then return n end
  end
end

local cells, shapes = tonumber(ARGV[1]), tonumber(ARGV[2])

-- Wrong types read as missing here; the second question tells them apart.
local got, absent, broken = call('MGET', unpack(KEYS)), {}, {}
for c = 1, cells do
  if not got[2 * c - 1] and ARGV[2 + c] == '_' then absent[#absent + 1] = KEYS[2 * c - 1] end
  if not got[2 * c] then absent[#absent + 1] = KEYS[2 * c] end
end
if #absent > 0 and call('EXISTS', unpack(absent)) > 0 then
  for _, key in ipairs(absent) do broken[key] = call('EXISTS', key) > 0 end
end

-- raw: the counter as it stands, nil when broken; refund; missing: it has no value yet; fields: how many values a hash has.
local raw, refund, missing, fields = {}, {}, {}, {}
for c = 1, cells do
  local key, back, field, value = KEYS[2 * c - 1], KEYS[2 * c], ARGV[2 + c], got[2 * c - 1]
  if field ~= '_' then
    value = redis.pcall('HGET', key, field)
    if type(value) == 'table' then
      broken[key] = true
      value = false
    elseif not fields[key] then
      fields[key] = call('HLEN', key)
    end
  end
  missing[c] = not value
  if not (broken[key] or broken[back]) then
    local used, returned = 0, 0
    if value then used = whole(value) end
    if got[2 * c] then returned = whole(got[2 * c]) end
    if used and returned then raw[c], refund[c] = used, returned end
  end
end

-- What is still to be added to a cell, and the expiry that goes with it. Sums stay within what numbers hold exactly.
local sum, expiry = {}, {}
local function write(c, text)
  local key, field = KEYS[2 * c - 1], ARGV[2 + c]
  if field == '_' then call('INCRBY', key, text) else call('HINCRBY', key, field, text) end
  if expiry[c] then call('EXPIREAT', key, expiry[c]) end
  expiry[c] = nil
end
local function flush(c)
  if sum[c] and sum[c] > 0 then write(c, string.format('%.0f', sum[c])) end
  sum[c] = nil
end
local function add(c, quantity, text, expires)
  if raw[c] == 0 then expiry[c] = expires end
  if missing[c] then
    missing[c] = false
    local key = KEYS[2 * c - 1]
    if fields[key] then fields[key] = fields[key] + 1 end
  end
  raw[c] = raw[c] + quantity
  local total = (sum[c] or 0) + quantity
  if total <= exact then
    sum[c] = total
    return
  end
  flush(c)
  if quantity > exact then write(c, text) else sum[c] = quantity end
end

local reply, at, i = {}, 1, 3 + cells
local cell, limit, quantity, over, width, full = {}, {}, {}, {}, {}, {}
for _ = 1, shapes do
  local times, n, verdict, counted = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), 0, 0
  local first = i + 2
  i = first + 6 * n
  for k = 1, n do
    local a = first + 6 * (k - 1)
    local c = tonumber(ARGV[a])
    cell[k], limit[k], quantity[k], over[k] = c, tonumber(ARGV[a + 1]), tonumber(ARGV[a + 3]), ARGV[a + 4] == '1'
    width[k] = ARGV[2 + c] ~= '_' and tonumber(ARGV[a + 5]) or -1
    reply[at + 3 * k - 1] = raw[c] and raw[c] - refund[c] or 0
    reply[at + 3 * k] = raw[c] or 0
  end
  while counted < times do
    for k = 1, n do
      local c, q, most_used = cell[k], quantity[k], limit[k]
      local now = raw[c]
      if not now or now + q > most then
        verdict = -1
        break
      end
      local used, rejects = now - refund[c], false
      if missing[c] and width[k] >= 0 and fields[KEYS[2 * c - 1]] >= width[k] then
        rejects = true
      elseif most_used >= 0 then
        if q == 0 or over[k] then rejects = used >= most_used else rejects = used + q > most_used end
      end
      full[k] = rejects
      if rejects then verdict = 1 end
    end
    if verdict ~= 0 then break end
    for k = 1, n do
      local a = first + 6 * (k - 1)
      if quantity[k] > 0 then add(cell[k], quantity[k], ARGV[a + 3], ARGV[a + 2]) end
    end
    counted = counted + 1
  end
  reply[at], reply[at + 1] = counted, verdict
  for k = 1, n do
    local p = at + 3 * k
    reply[p] = counted > 0 and (raw[cell[k]] - reply[p]) / counted or 0
    reply[p + 1] = verdict == 1 and full[k] and 1 or 0
  end
  at = at + 2 + 3 * n
end

for c = 1, cells do flush(c) end
return reply
