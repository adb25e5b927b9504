--- The review of a proposal: a tab with the two sides of one file at a time as a diff.

local compat = require('arriero.compat')
local config = require('arriero.config')
local message = require('arriero.message')
local runs = require('arriero.runs')
local sides = require('arriero.sides')
local state = require('arriero.state')

local M = {}

--- The review that is open: { client, proposal, index, tab, windows = { left, right }, places }.
local current

--- Whether both windows are still there: the user may have closed one.
local function is_open()
  local valid = vim.api.nvim_win_is_valid
  return current ~= nil and valid(current.windows.left) and valid(current.windows.right)
end

local function file_at(index)
  return current.proposal.files[index]
end

local function name_of(file)
  local name = vim.uri_to_fname(compat.value(file.newUri) or file.uri)
  return vim.fn.fnamemodify(name, ':.')
end

local verbs = { edit = 'edit', create = 'new file', delete = 'deletion', rename = 'rename' }

local function statusline(file)
  local keys = config.current.keys
  local parts = {
    ('%s (%s, %s)'):format(
      name_of(file),
      verbs[file.kind] or file.kind,
      message.count(sides.count(file, 'open'), 'change')
    ),
    ('file %d/%d'):format(current.index, #current.proposal.files),
  }
  local stale = sides.count(file, 'stale')
  if stale > 0 then
    parts[#parts + 1] = ('%s no longer fits'):format(message.count(stale, 'change'))
  end
  if keys.help then
    parts[#parts + 1] = keys.help .. ' keys'
  end
  return (' ' .. table.concat(parts, '  ·  ')):gsub('%%', '%%%%')
end

--- What the keys do, by the names of the setting `keys`.
local actions = {
  { 'accept', 'accept the change at the cursor', "require('arriero.review').decide('accept', 'hunk')" },
  { 'reject', 'reject the change at the cursor', "require('arriero.review').decide('reject', 'hunk')" },
  { 'accept_file', 'accept this file', "require('arriero.review').decide('accept', 'file')" },
  { 'reject_file', 'reject this file', "require('arriero.review').decide('reject', 'file')" },
  { 'accept_all', 'accept everything', "require('arriero.review').decide('accept', 'all')" },
  { 'reject_all', 'reject everything', "require('arriero.review').decide('reject', 'all')" },
  { 'next_file', 'go to the next file', "require('arriero.review').turn(1)" },
  { 'previous_file', 'go to the previous file', "require('arriero.review').turn(-1)" },
  { 'close', 'close; the proposal stays open', "require('arriero.review').close()" },
  { 'help', 'show these keys', "require('arriero.review').help()" },
}

local function buffer_for(side, file, lines)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  -- The syntax and not the file type: scratch text is not for language servers and formatters.
  vim.bo[bufnr].syntax = compat.filetype(vim.uri_to_fname(file.uri))
  local name = ('arriero://%s/%d/%s'):format(side, bufnr, name_of(file))
  pcall(vim.api.nvim_buf_set_name, bufnr, name) -- only a title
  for _, action in ipairs(actions) do
    local key = config.current.keys[action[1]]
    if key then
      local options = { noremap = true, nowait = true, silent = true, desc = action[2] }
      vim.api.nvim_buf_set_keymap(bufnr, 'n', key, ('<cmd>lua %s<cr>'):format(action[3]), options)
    end
  end
  return bufnr
end

--- Show the file at `current.index`, with the cursor on its first open change or at `line`.
local function render(line)
  local file = file_at(current.index)
  local texts = sides.of(file)
  current.places = texts.places
  for _, side in ipairs({ 'left', 'right' }) do
    local window = current.windows[side]
    vim.api.nvim_win_call(window, function()
      vim.cmd('diffoff')
    end)
    vim.api.nvim_win_set_buf(window, buffer_for(side, file, texts[side]))
    vim.wo[window].statusline = statusline(file)
  end
  for _, side in ipairs({ 'left', 'right' }) do
    vim.api.nvim_win_call(current.windows[side], function()
      vim.cmd('diffthis')
    end)
  end
  local first = texts.places[1] and texts.places[1].right + 1 or 1
  local last = vim.api.nvim_buf_line_count(vim.api.nvim_win_get_buf(current.windows.right))
  vim.api.nvim_win_set_cursor(current.windows.right, { math.min(line or first, last), 0 })
end

--- The next file with open changes, from an index on, round the end.
local function next_open(from)
  local number = #current.proposal.files
  for step = 0, number - 1 do
    local index = (from - 1 + step) % number + 1
    if sides.count(file_at(index), 'open') > 0 then
      return index
    end
  end
end

local function finish()
  M.close()
  message.say('every change is decided. :ArrieroUndo takes the run back.')
end

--- Show a proposal as it now stands; `line` keeps the cursor's place in the same file.
local function show(client, proposal, line)
  if sides.open(proposal) == 0 then
    if is_open() then
      finish()
    else
      message.say('nothing is left to review.')
    end
    return
  end
  if not is_open() then
    vim.cmd('tabnew')
    local scratch = vim.api.nvim_get_current_buf()
    vim.bo[scratch].bufhidden = 'wipe'
    local left = vim.api.nvim_get_current_win()
    vim.cmd('rightbelow vsplit')
    current = {
      tab = vim.api.nvim_get_current_tabpage(),
      windows = { left = left, right = vim.api.nvim_get_current_win() },
      index = 1,
    }
  end
  current.client, current.proposal = client.id, proposal
  local before = math.min(current.index, #proposal.files)
  current.index = next_open(before)
  render(current.index == before and line or nil)
end

local function fetch(client, run, then_)
  compat.request(client, 'arriero/proposal', { runId = run }, function(err, proposal)
    if err then
      message.error(err.message or vim.inspect(err))
    else
      state.waits(run, sides.open(proposal), client.id)
      then_(proposal)
    end
  end)
end

--- Fetch the proposal of a run and open it for review.
function M.open(client, run)
  fetch(client, run, function(proposal)
    if is_open() then
      M.close()
    end
    show(client, proposal)
  end)
end

--- Fetch again what is shown.
local function refresh(client, run)
  fetch(client, run, function(proposal)
    if is_open() and current.proposal.runId == run then
      show(client, proposal, vim.api.nvim_win_get_cursor(current.windows.right)[1])
    end
  end)
end

--- The server says that a proposal has changed: follow it if it is shown, and tell of one that
--- came from elsewhere.
function M.changed(client, change)
  if is_open() and current.proposal.runId == change.runId then
    refresh(client, change.runId)
  elseif change.openHunks > 0 and next(state.runs) == nil then
    message.say('a proposal waits for you: :ArrieroProposal')
  end
end

local function chosen(scope)
  if scope == 'all' then
    return nil
  end
  local file = file_at(current.index)
  if scope == 'file' then
    local ids = {}
    for _, hunk in ipairs(file.hunks) do
      if hunk.state == 'open' then
        ids[#ids + 1] = hunk.id
      end
    end
    return ids
  end
  local window = vim.api.nvim_get_current_win()
  local side = window == current.windows.left and 'left' or 'right'
  local line = vim.api.nvim_win_get_cursor(current.windows[side])[1] - 1
  local hunk = sides.at(current.places, side, line)
  return hunk and { hunk.id } or {}
end

local function send(client, run, decision, hunks)
  local argument = { runId = run, hunks = hunks }
  runs.execute(client, 'arriero.' .. decision, argument, function(result)
    local stale = compat.value(result.stale) or {}
    local words = compat.value(result.message)
    if decision == 'accept' and not result.applied then
      message.warn(words ~= '' and words or 'the change was not applied.')
    elseif #stale > 0 then
      message.warn(message.count(#stale, 'change') .. ' no longer fits and was left out.')
    end
    if is_open() and current.proposal.runId == run then
      refresh(client, run)
    end
  end)
end

--- Accept or reject: the "hunk" at the cursor, the "file" that is shown, or "all".
---@param decision "accept"|"reject"
---@param scope "hunk"|"file"|"all"
---@param client table|nil for a run whose review is not open
---@param run string|nil
function M.decide(decision, scope, client, run)
  if is_open() and (run == nil or run == current.proposal.runId) then
    local hunks = chosen(scope)
    if hunks and #hunks == 0 then
      message.warn('there is no open change here.')
      return
    end
    send(vim.lsp.get_client_by_id(current.client), current.proposal.runId, decision, hunks)
  elseif run and scope == 'all' then
    send(client, run, decision)
  else
    message.warn('open the review first: :ArrieroProposal')
  end
end

--- Go to another file.
function M.turn(step)
  if is_open() then
    current.index = (current.index - 1 + step) % #current.proposal.files + 1
    render()
  end
end

--- Close the review; what is open stays open.
function M.close()
  local tab = current and current.tab
  current = nil
  if tab and vim.api.nvim_tabpage_is_valid(tab) then
    if #vim.api.nvim_list_tabpages() == 1 then
      vim.cmd('tabnew')
    end
    vim.cmd(vim.api.nvim_tabpage_get_number(tab) .. 'tabclose')
  end
end

function M.help()
  local lines = {}
  for _, action in ipairs(actions) do
    local key = config.current.keys[action[1]]
    if key then
      lines[#lines + 1] = ('%-4s %s'):format(key, action[2])
    end
  end
  lines[#lines + 1] = ']c   next change;  [c   previous change'
  print(table.concat(lines, '\n'))
end

--- The run that is under review, if any.
function M.run()
  return is_open() and current.proposal.runId or nil
end

return M
