--- `:ArrieroSearch`: what is in the workspace, as a quickfix list.

local compat = require('arriero.compat')
local message = require('arriero.message')
local server = require('arriero.server')

local M = {}

local most = 100 -- hits
local reasons = 3
local longest = 160 -- characters of a line
local shortest = 4 -- letters of a word that says something
local patience = 2 -- seconds in which an index that is nearly ready becomes so

--- What the first word may say of the rest.
local kinds = {
  ['-symbol'] = 'symbol',
  ['-text'] = 'text',
  ['-regex'] = 'regex',
  ['-semantic'] = 'semantic',
}

--- Of several searches only the last is shown.
local last = 0
local flying

--- The different words of a query; short ones, such as "the", only where there is no other.
local function words_of(query)
  local words, long = {}, {}
  for word in query:lower():gmatch('[%w_\128-\255][%w_\128-\255]+') do
    words[word] = true
    long[word] = #word >= shortest or nil
  end
  return next(long) and long or words
end

--- The line of a hit with the most different words of the query, and how many lines precede it.
---@return string, integer
function M.excerpt(text, query)
  local wanted = words_of(query)
  local best, at, most_words = '', 0, -1
  for number, line in ipairs(vim.split(text, '\n', { plain = true })) do
    local plain, found = vim.trim(line:gsub('%s+', ' ')), 0
    local lower = plain:lower()
    for word in pairs(wanted) do
      found = found + (lower:find(word, 1, true) and 1 or 0)
    end
    if plain ~= '' and found > most_words then
      best, at, most_words = plain, number - 1, found
    end
  end
  return vim.fn.strcharpart(best, 0, longest), at
end

local function item(hit, query)
  local text, at = M.excerpt(hit.text, query)
  local why = table.concat(vim.list_slice(hit.why, 1, reasons), '; ')
  return {
    filename = vim.uri_to_fname(hit.uri),
    lnum = hit.range.start.line + at + 1,
    col = 1,
    text = ('%s  [%s]'):format(text, why),
  }
end

local function show(query, title, answer)
  local note = compat.value(answer.note) or ''
  if #answer.hits == 0 then
    message.warn(vim.trim('nothing was found. ' .. note))
    return
  end
  local items = vim.tbl_map(function(hit)
    return item(hit, query)
  end, answer.hits)
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  vim.cmd('botright copen')
  if note ~= '' then
    message.say(note)
  elseif compat.value(answer.cursor) then
    message.say(('these are the first %d places.'):format(#items))
  end
end

--- The kind and the words of a command's arguments.
---@return string, string
local function parse(args)
  local first, rest = args:match('^(%S+)%s*(.*)$')
  if first and kinds[first] then
    return kinds[first], rest
  end
  return 'auto', args
end

--- `:ArrieroSearch [-kind] [words]`; without words for the word at the cursor.
function M.run(args)
  local kind, query = parse(vim.trim(args))
  query = query ~= '' and query or vim.fn.expand('<cword>')
  if query == '' then
    message.warn('say what to look for.')
    return
  end
  last = last + 1
  local turn = last
  server.with(vim.api.nvim_get_current_buf(), function(client)
    if flying and flying.client == client then
      compat.cancel(client, flying.request)
    end
    local params = { query = query, kind = kind, limit = most, wait = patience }
    local sent, request = compat.request(client, 'arriero/search', params, function(err, answer)
      if turn ~= last then
        return
      end
      flying = nil
      if err then
        message.error(err.message or vim.inspect(err))
      else
        show(query, ':ArrieroSearch ' .. vim.trim(args), answer)
      end
    end)
    flying = sent and { client = client, request = request } or nil
  end)
end

--- The kinds that begin with what is typed.
function M.complete(typed)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, typed)
  end, vim.tbl_keys(kinds))
  table.sort(names)
  return names
end

return M
