--- Commands about what the server has: its runs, its models, its status.

local compat = require('arriero.compat')
local index = require('arriero.index')
local message = require('arriero.message')
local runs = require('arriero.runs')
local server = require('arriero.server')
local state = require('arriero.state')

local M = {}

local function fetch(method, use)
  server.with(vim.api.nvim_get_current_buf(), function(client)
    compat.request(client, method, vim.empty_dict(), function(err, result)
      if err then
        message.error(err.message or vim.inspect(err))
      else
        use(client, result)
      end
    end)
  end)
end

--- Takes back what a run changed, or does it again; without a run what was taken back last.
local function turn(client, command, run, deed)
  local argument = run and { runId = run } or vim.empty_dict()
  runs.execute(client, command, argument, function(result)
    local kept = compat.value(result.kept) or {}
    local words = compat.value(result.message) or ''
    if result.applied and #kept == 0 then
      message.say(words ~= '' and words or "the run's changes are " .. deed .. '.')
    else
      local names = vim.tbl_map(function(uri)
        return vim.fn.fnamemodify(vim.uri_to_fname(uri), ':.')
      end, kept)
      message.warn(words ~= '' and words or 'not ' .. deed .. ': ' .. table.concat(names, ', '))
    end
  end)
end

local function undo(client, run)
  turn(client, 'arriero.undo', run, 'taken back')
end

--- The runs of all sessions that have ended, newest session first.
local function ended(sessions)
  local found = {}
  for _, session in ipairs(sessions) do
    for at = #session.runs, 1, -1 do
      local run = session.runs[at]
      if compat.value(run.stopReason) then
        found[#found + 1] = run
      end
    end
  end
  return found
end

--- `:ArrieroUndo`: the run that is named, else one of those that the server knows.
function M.undo(run)
  if run ~= '' then
    server.with(vim.api.nvim_get_current_buf(), function(client)
      undo(client, run)
    end)
    return
  end
  fetch('arriero/sessions', function(client, answer)
    local choices = ended(answer.sessions)
    if #choices == 0 then
      return message.warn('there is no run to undo.')
    end
    vim.ui.select(choices, {
      prompt = 'Undo which run?',
      format_item = function(choice)
        return choice.label
      end,
    }, function(choice)
      if choice then
        undo(client, choice.runId)
      end
    end)
  end)
end

--- `:ArrieroRedo`: the run that is named, else the one that was taken back last.
function M.redo(run)
  server.with(vim.api.nvim_get_current_buf(), function(client)
    turn(client, 'arriero.redo', run ~= '' and run or nil, 'done again')
  end)
end

--- `:ArrieroCancel`: the runs of this Neovim, else whatever runs in the workspace.
function M.cancel()
  if runs.cancel() then
    return
  end
  fetch('arriero/status', function(client, status)
    local running = vim.tbl_filter(function(entry)
      return entry.state == 'running'
    end, status.runs)
    if #running == 0 then
      message.say('no run is going on.')
    end
    for _, entry in ipairs(running) do
      runs.execute(client, 'arriero.cancel', { runId = entry.runId })
    end
  end)
end

--- Who says how large the model's window is.
local chosen_by = {
  settings = "as Arriero's settings say",
  modelfile = "as the model's own file says",
  fits = 'the most that fits into the graphics card',
  trained = 'the most that the model was trained for',
  default = "Arriero's default",
}

local function window_line(residence)
  local source = compat.value(residence.windowSource)
  local reason = source and chosen_by[source] or 'as another program asked for'
  return ('Window size: %s tokens, %s'):format(index.grouped(residence.window), reason)
end

--- What the model's window holds, and what is left out of it, a line for each thing.
local function context_lines(status)
  local lines = {}
  local context, residence = compat.value(status.context), compat.value(status.residence)
  if context then
    lines[#lines + 1] = 'Window: ' .. context.line
    for _, left_out in ipairs(context.leftOut) do
      lines[#lines + 1] = 'Left out: ' .. left_out
    end
  end
  if residence and residence.window > 0 then
    lines[#lines + 1] = window_line(residence)
  end
  if residence and residence.cpuShare > 0 then
    local share = math.max(1, math.floor(residence.cpuShare * 100 + 0.5))
    lines[#lines + 1] = ('%d %% of %s runs on the CPU'):format(share, residence.model)
  end
  return lines
end

--- `:ArrieroStatus`: also finds the proposals that wait.
function M.status()
  fetch('arriero/status', function(client, status)
    state.take(status, client.id)
    local lines = {
      ('Model %s from %s (%s)'):format(
        compat.value(status.model) or 'auto',
        status.provider,
        status.providerState
      ),
      ('Server %s, %s'):format(status.version, message.count(status.connections, 'connection')),
    }
    local words = compat.value(status.message)
    if words and words ~= '' then
      table.insert(lines, 2, words)
    end
    vim.list_extend(lines, context_lines(status))
    local waits = false
    for _, run in ipairs(status.runs) do
      waits = waits or run.state == 'review'
      lines[#lines + 1] = ('%s: %s'):format(run.state, run.label)
    end
    if waits then
      lines[#lines + 1] = 'Look at what waits with :ArrieroProposal.'
    end
    message.say(table.concat(lines, '\n'))
  end)
end

--- `:ArrieroModel`: the model that is named, else one of a list.
function M.model(name)
  fetch('arriero/models', function(client, answer)
    local function select(model)
      runs.execute(client, 'arriero.selectModel', { model = model }, function()
        message.say(model .. ' is selected.')
      end)
    end
    if name ~= '' then
      return select(name)
    end
    if #answer.models == 0 then
      return message.warn('no provider offers a model. Pull one with Ollama.')
    end
    vim.ui.select(answer.models, {
      prompt = 'Select the model',
      format_item = function(model)
        local selected = model.name == compat.value(answer.selected.model)
          and model.provider == answer.selected.provider
        local mark = selected and ' (selected)' or ''
        return ('%s · %s%s'):format(model.name, model.provider, mark)
      end,
    }, function(model)
      if model then
        select(model.name)
      end
    end)
  end)
end

--- `:ArrieroLog`: the end of the language servers' log.
function M.log()
  vim.cmd('botright split ' .. vim.fn.fnameescape(compat.log_file()))
  vim.cmd('normal! G')
end

--- `:ArrieroRestart`: a new server for every file that is open.
function M.restart()
  server.stop()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    server.attach(bufnr)
  end
end

return M
