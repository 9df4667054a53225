-- Redis' own time is the only clock. Microseconds fit a double until 2255.
local function microseconds()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function milliseconds()
  return math.floor(microseconds() / 1000)
end

-- Lua would write large numbers as 1.7e+15.
local function digits(number)
  return string.format('%.0f', number)
end

