--- Arriero for Neovim: see |arriero|.

local M = {}

local function listen()
  local config = require('arriero.config')
  local server = require('arriero.server')
  local group = vim.api.nvim_create_augroup('arriero', { clear = true })
  vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
    group = group,
    callback = function(event)
      if config.current.autostart then
        server.attach(event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('DiagnosticChanged', {
    group = group,
    callback = function(event)
      require('arriero.problems').changed(event.buf)
    end,
  })
  require('arriero.ghost').listen(group)
  if config.current.autostart then
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      server.attach(bufnr)
    end
  end
end

--- Take the settings, define the commands, and attach to open files. Call it once from your
--- configuration; see |arriero-setup|.
---@param options table|nil
function M.setup(options)
  require('arriero.config').set(options)
  local commands = require('arriero.commands')
  local server = require('arriero.server')
  server.commands = commands.for_code_actions()
  server.on_proposal_changed = require('arriero.review').changed
  commands.define()
  listen()
end

--- A short text for the statusline: the model, what it is doing, what waits for review, and how far
--- an index is that is being built.
---@return string
function M.statusline()
  return require('arriero.state').statusline(require('arriero.index').statusline())
end

return M
