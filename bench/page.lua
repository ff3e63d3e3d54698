-- Asks for one page again and again. Arguments: what is said in Accept-Encoding.
dofile(debug.getinfo(1, "S").source:sub(2):match("(.*/)") .. "report.lua")

function init(arguments)
  wrk.headers["Accept-Encoding"] = arguments[1]
  wrk.headers["Accept-Language"] = "en-GB,en;q=0.8"
  wrk.headers["X-Forwarded-For"] = "10.0.0.1"
  whole = wrk.format("GET")
end

function request()
  return whole
end
