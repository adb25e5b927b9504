--- A conversation in a split: what you type on the last line is sent, answers stream in above it.
---
--- It is a session of the Agent Client Protocol on the language server's own connection.

local compat = require('arriero.compat')
local config = require('arriero.config')
local message = require('arriero.message')
local server = require('arriero.server')
local state = require('arriero.state')
local transcript = require('arriero.transcript')

local M = {}

--- The conversation: { bufnr, shown, client, session, busy, queue }.
local chat

local function is_open()
  return chat ~= nil and vim.api.nvim_buf_is_valid(chat.bufnr)
end

local function root_of(client)
  return client.config.root_dir or vim.fn.getcwd()
end

local function text_of(content)
  local parts = {}
  for _, one in ipairs(compat.value(content) or {}) do
    if one.type == 'diff' then
      parts[#parts + 1] = 'changes ' .. vim.fn.fnamemodify(one.path, ':.')
    elseif one.type == 'content' and one.content.type == 'text' then
      parts[#parts + 1] = one.content.text
    end
  end
  return table.concat(parts, '\n')
end

local show = {
  agent_message_chunk = function(shown, update)
    local notice = compat.value(update._meta) and compat.value(update._meta.arriero)
    local kind = notice and notice.notice and 'notice' or 'answer'
    shown:add(kind, update.content.text or '')
  end,
  agent_thought_chunk = function(shown, update)
    shown:add('thought', update.content.text or '')
  end,
  user_message_chunk = function(shown, update)
    shown:said(update.content.text or '')
  end,
  tool_call = function(shown, update)
    shown:tool(update.toolCallId, update.title)
  end,
  tool_call_update = function(shown, update)
    if update.status == 'completed' or update.status == 'failed' then
      shown:tool_ended(update.toolCallId, update.status == 'failed', text_of(update.content))
    end
  end,
}

--- Handler of `session/update`.
function M.update(_, params)
  local draw = show[params.update.sessionUpdate]
  if is_open() and params.sessionId == chat.session and draw then
    draw(chat.shown, params.update)
  end
end

--- Handler of `session/request_permission`. Neovim wants the answer at once, so the question is a
--- dialog; closing it is no permission.
function M.permission(_, params)
  local names = vim.tbl_map(function(option)
    return option.name
  end, params.options)
  local detail = text_of(params.toolCall.content)
  local text = ('Arriero: %s?\n%s'):format(params.toolCall.title, detail)
  local chosen = params.options[vim.fn.confirm(text, table.concat(names, '\n'), #names)]
  if chosen then
    return { outcome = { outcome = 'selected', optionId = chosen.optionId } }
  end
  return { outcome = { outcome = 'cancelled' } }
end

local send_next

local function ended(client, err, result)
  chat.busy = false
  if err then
    chat.shown:add('notice', err.message or vim.inspect(err))
  elseif result.stopReason == 'cancelled' then
    chat.shown:add('notice', 'stopped')
  end
  local about = result and compat.value(result._meta) and compat.value(result._meta.arriero)
  local run = about and compat.value(about.runId)
  if run and state.waiting[run] then
    if config.current.open_review then
      require('arriero.review').open(client, run)
    else
      chat.shown:add('notice', 'A proposal waits: :ArrieroProposal')
    end
  end
  compat.refold(vim.fn.bufwinid(chat.bufnr))
  send_next()
end

send_next = function()
  local client = chat.client and vim.lsp.get_client_by_id(chat.client)
  if chat.busy or #chat.queue == 0 or not chat.session then
    return
  end
  if not client then
    return message.error('the server is not running. Try :ArrieroRestart, then :ArrieroChat.')
  end
  local words = table.remove(chat.queue, 1)
  chat.busy = true
  chat.shown:said(words)
  local prompt = { { type = 'text', text = words } }
  local params = { sessionId = chat.session, prompt = prompt }
  compat.request(client, 'session/prompt', params, function(err, result)
    if is_open() then
      ended(client, err, result)
    end
  end)
end

--- Send words, after what is being answered.
function M.send(words)
  words = vim.trim(words)
  if words ~= '' and is_open() then
    table.insert(chat.queue, words)
    send_next()
  end
end

--- Stop what is being answered.
function M.stop()
  local client = is_open() and chat.busy and vim.lsp.get_client_by_id(chat.client)
  if client then
    chat.queue = {}
    compat.notify(client, 'session/cancel', { sessionId = chat.session })
  end
end

local function make_buffer()
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(bufnr, 'arriero://chat/' .. bufnr)
  vim.bo[bufnr].buftype = 'prompt'
  vim.bo[bufnr].bufhidden = 'hide'
  vim.bo[bufnr].syntax = 'markdown' -- not the file type: this is not for language servers
  vim.fn.prompt_setprompt(bufnr, '» ')
  vim.fn.prompt_setcallback(bufnr, M.send)
  vim.fn.prompt_setinterrupt(bufnr, M.stop)
  local options = { noremap = true, nowait = true, silent = true }
  local stop = "<cmd>lua require('arriero.chat').stop()<cr>"
  vim.api.nvim_buf_set_keymap(bufnr, 'n', '<C-c>', stop, options)
  vim.api.nvim_buf_set_keymap(bufnr, 'n', 'q', '<cmd>close<cr>', options)
  return bufnr
end

local function open_window(bufnr)
  local window = vim.fn.bufwinid(bufnr)
  if window ~= -1 then
    vim.api.nvim_set_current_win(window)
    return
  end
  vim.cmd('botright vsplit')
  window = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(window, bufnr)
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  vim.wo[window].number = false
  vim.wo[window].relativenumber = false
  vim.wo[window].foldmethod = 'expr'
  vim.wo[window].foldexpr = "v:lua.require'arriero.transcript'.fold(v:lnum)"
  vim.wo[window].foldtext = "v:lua.require'arriero.transcript'.foldtext()"
  vim.wo[window].foldlevel = 0
end

local function begin(client)
  local params = { cwd = root_of(client), mcpServers = {} }
  chat.client = client.id
  compat.request(client, 'session/new', params, function(err, answer)
    if err then
      message.error(err.message or vim.inspect(err))
    elseif is_open() then
      chat.session = answer.sessionId
      send_next()
    end
  end)
end

--- The lines of a range as they are said to the model.
local function selected(bufnr, given)
  if given.range == 0 or not server.is_file(bufnr) then
    return ''
  end
  local lines = vim.api.nvim_buf_get_lines(bufnr, given.line1 - 1, given.line2, false)
  local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':.')
  local head = ('\n\n%s, lines %d to %d:\n```\n'):format(name, given.line1, given.line2)
  return head .. table.concat(lines, '\n') .. '\n```'
end

--- `:[range]ArrieroChat[!] [words]`: open the conversation, a new one with the bang, and send the
--- words with the lines of the range.
function M.open(given)
  local bufnr = vim.api.nvim_get_current_buf()
  local words = vim.trim(given.args)
  words = words ~= '' and words .. selected(bufnr, given) or ''
  server.with(bufnr, function(client)
    local lost = is_open() and chat.client ~= client.id
    if not is_open() or given.bang or lost then
      M.stop()
      local buffer = make_buffer()
      chat = { bufnr = buffer, shown = transcript.new(buffer), queue = {}, busy = false }
      begin(client)
    end
    open_window(chat.bufnr)
    vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(chat.bufnr), 0 })
    if words == '' then
      vim.cmd('startinsert!')
    else
      M.send(words)
    end
  end)
end

--- Forget the conversation; its session stays with the server.
function M.close()
  if is_open() then
    vim.api.nvim_buf_delete(chat.bufnr, { force = true })
  end
  chat = nil
end

return M
