"""What Redis does as one thing: no other client's command comes between."""

from __future__ import annotations

#: A counter's next number. ``ARGV``: its time, milliseconds, from its first.
COUNT = """
local number = redis.call('INCR', KEYS[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return number
"""

#: 1 where there was room. ``ARGV``: the member, its time in milliseconds, the most of the group. A member's score
#: is when it ends; the group ends with the last of them. What needs memory is written first: Redis lets a script
#: that has begun to write go on, even if the server is full.
ENTER = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
if ends <= now and redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf') >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return 1
"""
