--- Commands about what the server knows of the workspace: its index, and an outline of it.

local answer = require('arriero.answer')
local compat = require('arriero.compat')
local index = require('arriero.index')
local message = require('arriero.message')
local runs = require('arriero.runs')
local server = require('arriero.server')

local M = {}

local step = 1 -- seconds: how long the server may wait until an index is ready
local pause = 500 -- milliseconds between two looks, at least
local tokens = 4096 -- of the outline: a page or two to read
local patience = 5 -- seconds that the outline may wait for the index

local function fetch(method, params, use)
  server.with(vim.api.nvim_get_current_buf(), function(client)
    compat.request(client, method, params, function(err, result)
      if err then
        message.error(err.message or vim.inspect(err))
      else
        use(result, client)
      end
    end)
  end)
end

--- `:ArrieroIndex`: how far the index is.
function M.index()
  fetch('arriero/index', vim.empty_dict(), function(result, client)
    index.take(client.id, result.indexes)
    local lines = index.lines(result.indexes)
    message.say(#lines > 0 and table.concat(lines, '\n') or 'no folder is open.')
  end)
end

--- Wait until the indexes are ready; the statusline shows meanwhile how far they are.
local function follow(client)
  compat.request(client, 'arriero/index', { wait = step }, function(err, result)
    if err then
      message.error(err.message or vim.inspect(err))
      return
    end
    index.take(client.id, result.indexes)
    if index.moving(result.indexes) then
      vim.defer_fn(function()
        if not compat.is_stopped(client) then
          follow(client)
        end
      end, pause)
    else
      message.say(table.concat(index.lines(result.indexes), '\n'))
    end
  end)
end

--- `:ArrieroReindex`: build the index from nothing.
function M.reindex()
  server.with(vim.api.nvim_get_current_buf(), function(client)
    runs.execute(client, 'arriero.reindex', vim.empty_dict(), function(result)
      if result.message ~= '' then
        message.warn(result.message)
      end
      if result.started then
        message.say('building the index …')
        follow(client)
      end
    end)
  end)
end

--- `:ArrieroMap`: the outline, from the point of view of some words if there are any. `gf` opens
--- the file at the cursor.
function M.map(words)
  local params = { tokens = tokens, words = words, wait = patience }
  fetch('arriero/map', params, function(result, client)
    local text = result.text
    if result.note ~= '' then
      message.say(result.note)
    end
    if text ~= '' then
      answer.show('Repo map', text, 'text')
      vim.bo.path = vim.fn.escape(client.config.root_dir, ' ,\\')
    end
  end)
end

return M
