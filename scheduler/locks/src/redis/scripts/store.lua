-- STATE    hash: 'fence' -> largest token that has opened the block,
--          'last' -> token of the last commit
-- COMMITS  list: 'token value', the newest last
local STATE, COMMITS = KEYS[1], KEYS[2]

local function newer_than(token)
  local fence = redis.call('HGET', STATE, 'fence')
  if fence and tonumber(fence) > tonumber(token) then
    return fence
  end
  return nil
end

