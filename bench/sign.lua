-- Posts sign forms, each from another person at another address.
-- Arguments: the number of the run, the id of the petition's text, the site's origin.
dofile(debug.getinfo(1, "S").source:sub(2):match("(.*/)") .. "report.lua")
expect(303)

local number, run, text, head = 0

function init(arguments)
  run, text = arguments[1], arguments[2]
  head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nOrigin: " .. arguments[3]
    .. "\r\nAccept-Encoding: gzip, br\r\nAccept-Language: en-GB,en;q=0.8"
    .. "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    .. "\r\nContent-Type: application/x-www-form-urlencoded"
    .. "\r\nX-Forwarded-For: " .. (20 + run % 100) .. ".%d.%d.%d\r\nContent-Length: %d\r\n\r\n%s"
end

local function in_letters(count)
  local letters = {}
  repeat
    letters[#letters + 1] = string.char(97 + count % 26)
    count = math.floor(count / 26)
  until count == 0
  return table.concat(letters)
end

-- A quarter of the mailboxes are at universities, each of which stays below the limit for one domain.
local domains = {"gmail.com", "outlook.com", "yahoo.com", "students%d.example.org"}

-- Every second person is shown by name, every fourth gives a reason and wants the newsletter.
function request()
  number = number + 1
  local body = string.format("text=%s&name=Zo%%C3%%AB+%s&email=signer%d.run%s%%40%s&country=%s&affiliation="
    .. "&comment=%s%s%s&r=&source=&website=", text, in_letters(number), number, run,
    string.format(domains[number % 4 + 1], number % 9973), number % 3 == 0 and "DE" or "FR",
    number % 4 == 0 and "Clean+air+is+not+a+luxury." or "",
    number % 2 == 0 and "&show_name=yes" or "", number % 4 == 0 and "&newsletter=yes" or "")
  return string.format(
    head, math.floor(number / 65536) % 256, math.floor(number / 256) % 256, number % 256, #body, body)
end
