--- What the servers and the runs are at, for the statusline and for cancelling.

local value = require('arriero.compat').value

local M = {
  --- The last `arriero/status`, whichever server told it last.
  status = nil,
  --- Runs that were started here: token → { client, request, title, message }.
  runs = {},
  --- The proposals with open hunks: run id → id of the client whose server has it.
  waiting = {},
}

local tokens = 0

--- Note a run that begins; answers its progress token.
function M.begin(title)
  tokens = tokens + 1
  local token = ('arriero-nvim-%d'):format(tokens)
  M.runs[token] = { title = title, message = '' }
  M.changed()
  return token
end

--- Note a `$/progress` value; false when the token is not one of ours.
function M.progress(token, progress)
  local run = M.runs[token]
  if not run then
    return false
  end
  run.message = value(progress.message) or run.message
  M.changed()
  return true
end

function M.finish(token)
  M.runs[token] = nil
  M.changed()
end

--- Tell whoever draws a statusline: a `User ArrieroChanged` event.
function M.changed()
  vim.schedule(function()
    vim.cmd('doautocmd <nomodeline> User ArrieroChanged')
    vim.cmd('redrawstatus')
  end)
end

--- Note a status, and the runs in it that wait for review, such as from before a restart.
function M.take(status, client)
  M.status = status
  for _, run in ipairs(status.runs) do
    if run.state == 'review' then
      M.waiting[run.runId] = client
    end
  end
  M.changed()
end

--- Note how many hunks of a proposal are open.
function M.waits(run, open, client)
  M.waiting[run] = open > 0 and client or nil
  M.changed()
end

--- The ids of runs with open hunks, sorted.
function M.proposals()
  local ids = vim.tbl_keys(M.waiting)
  table.sort(ids)
  return ids
end

--- One short text: the model, what it is doing, what waits, and how far an index is that is being
--- built. Empty before the server has answered.
---@param indexing string how far the index is; empty when there is nothing to say
---@return string
function M.statusline(indexing)
  local status = M.status
  if not status then
    return ''
  end
  local model = value(status.model) or 'auto' -- null: Arriero chooses the best that it finds
  local _, run = next(M.runs)
  if run then
    local what = run.message ~= '' and run.message or run.title
    return ('%s: %s'):format(model, what)
  end
  local offline = status.providerState == 'unavailable'
  local parts, proposals = { offline and 'arriero offline' or model }, #M.proposals()
  if proposals > 0 then
    parts[2] = ('%d to review'):format(proposals)
  end
  parts[#parts + 1] = indexing ~= '' and indexing or nil
  return table.concat(parts, ', ')
end

return M
