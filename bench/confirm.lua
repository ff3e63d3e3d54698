-- Presses the button behind confirmation links, each once; `ran_out` says that there were too few.
-- Arguments: the file that holds the tokens, one on a line; the site's origin. The URL is that of the links without the token.
dofile(debug.getinfo(1, "S").source:sub(2):match("(.*/)") .. "report.lua")
expect(303)

ran_out = 0
local tokens, head, last

function init(arguments)
  tokens = io.lines(arguments[1])
  head = "POST " .. wrk.path .. "%s HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nOrigin: " .. arguments[2]
    .. "\r\nAccept-Encoding: gzip, br\r\nAccept-Language: en-GB,en;q=0.8"
    .. "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    .. "\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: 10.0.0.1\r\nContent-Length: 0\r\n\r\n"
end

function request()
  local token = ran_out == 0 and tokens()
  if token then
    last = token
  else -- something must be sent; the run is thrown away
    ran_out = 1
  end
  return head:format(last)
end
