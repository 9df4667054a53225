-- ARGV blocks
local now = milliseconds()
local new = 0
for _, block in ipairs(ARGV) do
  redis.call('HDEL', DEAD, block)
  if wait(block, now, 0, 0) then
    new = new + 1
  end
end
return new
