--- Sends the diagnostics of all sources to the server, when they have been quiet for a moment.

local compat = require('arriero.compat')
local config = require('arriero.config')
local place = require('arriero.place')
local server = require('arriero.server')

local M = {}

local quiet = 300 -- milliseconds
local most = 200 -- problems of one file
local changed = {}
local timer

local function send()
  local buffers = changed
  changed = {}
  for _, client in ipairs(server.clients()) do
    local files = {}
    for bufnr in pairs(buffers) do
      if vim.api.nvim_buf_is_loaded(bufnr) and vim.lsp.buf_is_attached(bufnr, client.id) then
        local found = place.diagnostics(bufnr, client.offset_encoding)
        table.sort(found, function(one, other)
          return (one.severity or 1) < (other.severity or 1)
        end)
        files[#files + 1] = {
          uri = vim.uri_from_bufnr(bufnr),
          diagnostics = vim.list_slice(found, 1, most),
        }
      end
    end
    if #files > 0 then
      compat.notify(client, 'arriero/diagnostics', { files = files })
    end
  end
end

--- Say to a new client that problems will be told, also where there are none yet.
function M.announce(client)
  if config.current.send_diagnostics then
    compat.notify(client, 'arriero/diagnostics', { files = {} })
  end
end

--- The diagnostics of a buffer have changed.
function M.changed(bufnr)
  if not config.current.send_diagnostics then
    return
  end
  changed[bufnr] = true
  timer = timer or vim.loop.new_timer()
  timer:start(quiet, 0, vim.schedule_wrap(send))
end

return M
