--- The user commands.

local catalog = require('arriero.catalog')
local compat = require('arriero.compat')
local manage = require('arriero.manage')
local message = require('arriero.message')
local place = require('arriero.place')
local review = require('arriero.review')
local runs = require('arriero.runs')
local search = require('arriero.search')
local server = require('arriero.server')
local state = require('arriero.state')
local workspace = require('arriero.workspace')

local M = {}

local function ask(spec, then_)
  vim.ui.input({ prompt = spec.prompt }, function(words)
    words = words and vim.trim(words) or ''
    if words ~= '' then
      then_(words)
    end
  end)
end

--- Start a run, asking first for the words that it needs.
local function start(spec, client, argument)
  if spec.prompt and not compat.value(argument.prompt) then
    ask(spec, function(prompt)
      argument.prompt = prompt
      runs.start(spec, client, argument)
    end)
  else
    runs.start(spec, client, argument)
  end
end

--- Run a command of the catalog for the current buffer.
---@param spec arriero.Command
---@param given { args: string, range: integer, line1: integer, line2: integer }
function M.run(spec, given)
  local bufnr = vim.api.nvim_get_current_buf()
  local file = server.is_file(bufnr)
  if not file and not spec.anywhere then
    message.warn('open a file first: this command works on the file in the window.')
    return
  end
  given.cursor = vim.api.nvim_win_get_cursor(0) -- now: the server may take a moment to start
  server.with(bufnr, function(client)
    local argument = file and place.argument(spec, bufnr, given, client.offset_encoding) or {}
    local words = vim.trim(given.args)
    if words ~= '' then
      argument.prompt = words
    end
    start(spec, client, argument)
  end)
end

--- Functions for the commands of code actions, so that they have progress and show their results.
function M.for_code_actions()
  local functions = {}
  for _, spec in ipairs(catalog) do
    functions[spec.server] = function(command, context)
      local client = vim.lsp.get_client_by_id(context.client_id)
      local argument = vim.deepcopy((command.arguments or {})[1] or {})
      start(spec, client, argument)
    end
  end
  return functions
end

--- Call `use(client, run id)` with a proposal that waits: the one under review, else the only one,
--- else one that the user picks.
local function with_proposal(use)
  local function go(run)
    use(vim.lsp.get_client_by_id(state.waiting[run]), run)
  end
  local open, waiting = review.run(), state.proposals()
  if open or #waiting == 1 then
    go(open or waiting[1])
  elseif #waiting == 0 then
    message.warn('there is no proposal to review.')
  else
    vim.ui.select(waiting, { prompt = 'Which proposal?' }, function(run)
      if run then
        go(run)
      end
    end)
  end
end

function M.proposal()
  with_proposal(review.open)
end

--- `:ArrieroAccept` and `:ArrieroReject`; the scope is "all" (default), "file" or "hunk".
function M.decide(decision, scope)
  scope = scope ~= '' and scope or 'all'
  if not vim.tbl_contains({ 'all', 'file', 'hunk' }, scope) then
    message.warn('say all, file or hunk.')
    return
  end
  with_proposal(function(client, run)
    review.decide(decision, scope, client, run)
  end)
end

local function scopes()
  return { 'all', 'file', 'hunk' }
end

--- Define the user commands.
function M.define()
  local create = vim.api.nvim_create_user_command
  for _, spec in ipairs(catalog) do
    create('Arriero' .. spec.user, function(given)
      M.run(spec, given)
    end, { nargs = '*', range = true, desc = spec.title })
  end
  create('ArrieroChat', function(given)
    require('arriero.chat').open(given)
  end, { nargs = '*', range = true, bang = true, desc = 'Talk' })
  local simple = {
    Proposal = { M.proposal, 'Review a proposal' },
    Cancel = { manage.cancel, 'Cancel the runs that are going on' },
    Status = { manage.status, 'Show the status' },
    Index = { workspace.index, 'Show how far the index of the workspace is' },
    Reindex = { workspace.reindex, 'Build the index of the workspace from nothing' },
    Log = { manage.log, "Show the server's log" },
    Restart = { manage.restart, 'Restart the server' },
  }
  for name, entry in pairs(simple) do
    create('Arriero' .. name, function()
      entry[1]()
    end, { desc = entry[2] })
  end
  for _, decision in ipairs({ 'accept', 'reject' }) do
    create('Arriero' .. decision:gsub('^%l', string.upper), function(given)
      M.decide(decision, given.args)
    end, { nargs = '?', complete = scopes, desc = decision .. ' what a proposal changes' })
  end
  create('ArrieroUndo', function(given)
    manage.undo(given.args)
  end, { nargs = '?', desc = 'Take back what a run changed' })
  create('ArrieroRedo', function(given)
    manage.redo(given.args)
  end, { nargs = '?', desc = 'Do again what was taken back' })
  create('ArrieroSearch', function(given)
    search.run(given.args)
  end, { nargs = '*', complete = search.complete, desc = 'Search the workspace' })
  create('ArrieroMap', function(given)
    workspace.map(given.args)
  end, { nargs = '*', desc = 'Show what matters most in the workspace' })
  create('ArrieroModel', function(given)
    manage.model(given.args)
  end, { nargs = '?', desc = 'Select the model' })
end

return M
