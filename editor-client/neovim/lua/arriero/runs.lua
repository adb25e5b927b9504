--- Commands of the server: sent with progress, cancelled, and their results shown.

local answer = require('arriero.answer')
local compat = require('arriero.compat')
local config = require('arriero.config')
local message = require('arriero.message')
local state = require('arriero.state')

local M = {}

local cancelled = -32800 -- RequestCancelled

--- Send one command of the server that starts no run; `then_(result)` is called when it succeeds.
function M.execute(client, command, argument, then_)
  local params = { command = command, arguments = { argument } }
  compat.request(client, 'workspace/executeCommand', params, function(err, result)
    if err then
      message.error(err.message or vim.inspect(err))
    elseif then_ then
      then_(compat.value(result) or {})
    end
  end)
end

local stopped = {
  max_turn_requests = 'the run stopped at its step limit. Ask again for what is left.',
  max_tokens = "the model's answer reached its length limit and is cut short.",
  refusal = 'the run stopped because a permission was refused.',
  interrupted = 'the run was interrupted because the daemon ended. Ask again to go on.',
}

--- Show what a run has brought.
---@param spec arriero.Command
local function show(spec, client, title, result)
  local text = compat.value(result.message) or ''
  local words = message.first_line(text)
  if result.stopReason == 'cancelled' then
    message.say('cancelled')
  elseif result.stopReason == 'error' then
    message.error(words ~= '' and words or 'the run failed.')
  elseif stopped[result.stopReason] then
    local at_limit = result.stopReason == 'max_turn_requests' and words ~= ''
    message.warn(at_limit and words or stopped[result.stopReason])
  end
  local usable = result.stopReason ~= 'error' and result.stopReason ~= 'cancelled'
  local open = not result.applied
    and (compat.value(result.edit) ~= nil or state.waiting[result.runId] ~= nil)
  if open then
    if words ~= '' and usable then
      message.say(words)
    end
    if config.current.open_review then
      require('arriero.review').open(client, result.runId)
    else
      message.say('a proposal waits: :ArrieroProposal')
    end
  elseif usable and spec.result == 'answer' and text ~= '' then
    answer.show(title, text)
  elseif usable and spec.result == 'commit' and text ~= '' then
    answer.commit(text)
  elseif result.stopReason == 'end_turn' then
    local without = result.applied and 'the changes are applied.' or 'no change is proposed.'
    message.say(result.applied and words ~= '' and words or vim.trim(without .. ' ' .. words))
  end
end

--- Start a run.
---@param spec arriero.Command
---@param argument table
---@param done function|nil called with the result when it is there
function M.start(spec, client, argument, done)
  local title = argument.prompt or spec.title
  local token = state.begin(spec.title)
  local params = {
    command = spec.server,
    arguments = { next(argument) and argument or vim.empty_dict() },
    workDoneToken = token,
  }
  local sent, request = compat.request(client, 'workspace/executeCommand', params, function(err, result)
    local awaited = state.runs[token] ~= nil
    state.finish(token)
    if not awaited or (err and err.code == cancelled) then
      return
    elseif err then
      message.error(err.message or vim.inspect(err))
    else
      show(spec, client, title, result)
      if done then
        done(result)
      end
    end
  end)
  if not sent then
    state.finish(token)
    message.error('the server is not running. Try :ArrieroRestart.')
    return
  end
  local run = state.runs[token]
  run.client, run.request = client.id, request
  message.say(spec.title .. ' …')
end

--- Cancel every run that was started here. Answers whether there was one.
function M.cancel()
  local any = false
  for token, run in pairs(state.runs) do
    local client = vim.lsp.get_client_by_id(run.client)
    if client and run.request then
      any = true
      compat.cancel(client, run.request)
      -- Neovim drops the server's answer to a cancelled request: nothing would end the run here.
      state.finish(token)
    end
  end
  if any then
    message.say('cancelled')
  end
  return any
end

return M
