--- Suggestions at the cursor as ghost text, on Neovim 0.10 and newer.

local compat = require('arriero.compat')
local config = require('arriero.config')
local server = require('arriero.server')

local M = {}

local namespace = vim.api.nvim_create_namespace('arriero.ghost')

--- What is shown: { bufnr, item, client, tick }.
local shown
--- The request that is under way: { client, id }.
local asked

--- Whether this Neovim can show such text.
function M.possible()
  return vim.fn.has('nvim-0.10') == 1
end

function M.clear()
  if asked then
    compat.cancel(asked.client, asked.id)
    asked = nil
  end
  if shown and vim.api.nvim_buf_is_valid(shown.bufnr) then
    vim.api.nvim_buf_clear_namespace(shown.bufnr, namespace, 0, -1)
  end
  shown = nil
end

local function text_of(item)
  return type(item.insertText) == 'table' and item.insertText.value or item.insertText
end

local function draw(bufnr, client, item)
  local cursor = vim.api.nvim_win_get_cursor(0)
  local lines = vim.split(text_of(item), '\n', { plain = true })
  local below = {}
  for index = 2, #lines do
    below[#below + 1] = { { lines[index], 'Comment' } }
  end
  vim.api.nvim_buf_set_extmark(bufnr, namespace, cursor[1] - 1, cursor[2], {
    virt_text = { { lines[1], 'Comment' } },
    virt_text_pos = 'inline',
    virt_lines = #below > 0 and below or nil,
  })
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  shown = { bufnr = bufnr, client = client, item = item, tick = tick }
end

--- Ask for a suggestion at the cursor; the server waits for a pause in the typing by itself.
---@param invoked boolean|nil asked for by a key: at once
function M.suggest(invoked)
  M.clear()
  local bufnr = vim.api.nvim_get_current_buf()
  for _, client in ipairs(server.clients()) do
    if vim.lsp.buf_is_attached(bufnr, client.id) then
      local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
      params.context = { triggerKind = invoked and 1 or 2 }
      local tick = vim.api.nvim_buf_get_changedtick(bufnr)
      local cursor = vim.api.nvim_win_get_cursor(0)
      local sent, id = compat.request(client, 'textDocument/inlineCompletion', params, function(_, answer)
        local item = answer and (answer.items or answer)[1]
        local same = vim.api.nvim_get_current_buf() == bufnr
          and vim.api.nvim_buf_get_changedtick(bufnr) == tick
          and vim.deep_equal(vim.api.nvim_win_get_cursor(0), cursor)
          and vim.startswith(vim.api.nvim_get_mode().mode, 'i')
        if same then
          asked = nil
        end
        if item and same then
          draw(bufnr, client, item)
        end
      end, bufnr)
      asked = sent and { client = client, id = id } or nil
      return
    end
  end
end

--- Put in what is shown; false where nothing is.
function M.accept()
  if not shown or vim.api.nvim_buf_get_changedtick(shown.bufnr) ~= shown.tick then
    return false
  end
  local bufnr, client, item = shown.bufnr, shown.client, shown.item
  M.clear()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local lines = vim.split(text_of(item), '\n', { plain = true })
  vim.api.nvim_buf_set_text(bufnr, cursor[1] - 1, cursor[2], cursor[1] - 1, cursor[2], lines)
  local column = #lines == 1 and cursor[2] + #lines[1] or #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { cursor[1] + #lines - 1, column })
  local command = compat.value(item.command)
  if command then
    local params = { command = command.command, arguments = command.arguments }
    compat.request(client, 'workspace/executeCommand', params, function() end)
  end
  return true
end

--- What the accepting key does: take the suggestion, else what the key did before.
---@param before table the mapping that it had, as `maparg()` tells it; empty without one
function M.key(key, before)
  if shown then
    vim.schedule(M.accept)
    return ''
  end
  if before.callback then
    local keys = before.callback()
    return before.expr == 1 and keys or ''
  end
  return before.rhs or key
end

--- Follow the typing.
function M.listen(group)
  if not config.current.suggestions or not M.possible() then
    return
  end
  local create = vim.api.nvim_create_autocmd
  create('TextChangedI', {
    group = group,
    callback = function()
      M.suggest(false)
    end,
  })
  create({ 'InsertLeave', 'BufLeave' }, { group = group, callback = M.clear })
  create('CursorMovedI', {
    group = group,
    callback = function()
      local moved = shown and vim.api.nvim_buf_get_changedtick(shown.bufnr) == shown.tick
      if moved then
        M.clear()
      end
    end,
  })
  local key = config.current.keys.accept_suggestion
  if key then
    local before = vim.fn.maparg(key, 'i', false, true)
    vim.keymap.set('i', key, function()
      return M.key(key, before)
    end, { expr = true, desc = 'Arriero: take the suggestion' })
  end
end

return M
