--- What the tests share: cases, waiting, and what the fake server was told.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
local M = { notes = {}, log = vim.fn.tempname() }
local cases = {}

local function out(text)
  io.stdout:write(text .. '\n')
end

--- Define a case.
function M.case(name, body)
  cases[#cases + 1] = { name = name, body = body }
end

--- Wait until `done()` answers something true, and answer it; fails after 10 seconds.
function M.wait(what, done)
  local answer
  local ok = vim.wait(10000, function()
    answer = done()
    return answer
  end, 10)
  if not ok then
    error('timeout: ' .. what, 2)
  end
  return answer
end

function M.equal(found, wanted, what)
  if not vim.deep_equal(found, wanted) then
    local text = '%s\n  found  %s\n  wanted %s'
    error(text:format(what or 'not equal', vim.inspect(found), vim.inspect(wanted)), 2)
  end
end

--- Every message that the fake server has received, in order.
function M.received()
  local messages = {}
  if vim.fn.filereadable(M.log) == 1 then
    local lines = vim.fn.readfile(M.log, 'b')
    for index = 1, #lines - 1 do -- the last is empty, or still being written
      messages[index] = vim.json.decode(lines[index])
    end
  end
  return messages
end

--- The params of the latest message of a method, optionally of one command; waits for it.
function M.sent(method, command)
  return M.wait(method .. ' ' .. (command or ''), function()
    local messages = M.received()
    for index = #messages, 1, -1 do
      local message = messages[index]
      if message.method == method and (not command or message.params.command == command) then
        return message.params
      end
    end
  end)
end

--- The argument of the latest call of a command; waits for it.
function M.argument(command)
  return M.sent('workspace/executeCommand', command).arguments[1]
end

--- Wait for a notification that matches a Lua pattern.
function M.noted(pattern)
  return M.wait('note ' .. pattern, function()
    for _, note in ipairs(M.notes) do
      if note:match(pattern) then
        return note
      end
    end
  end)
end

--- Lines of a buffer.
function M.lines(bufnr)
  return vim.api.nvim_buf_get_lines(bufnr or 0, 0, -1, false)
end

--- Type keys as the user would.
function M.keys(keys)
  local raw = vim.api.nvim_replace_termcodes(keys, true, false, true)
  vim.api.nvim_feedkeys(raw, 'xt', false)
end

--- Open a new file of a fresh workspace with these lines; answers its buffer and its path.
function M.open(lines, name)
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder .. '/.git', 'p')
  local path = folder .. '/' .. (name or 'a.txt')
  vim.fn.writefile(lines, path)
  vim.cmd('edit ' .. vim.fn.fnameescape(path))
  return vim.api.nvim_get_current_buf(), vim.loop.fs_realpath(path)
end

--- The server's command line; `fault` as in fake_server.py.
function M.cmd(fault)
  local set = { 'env', 'FAKE_LOG=' .. M.log, 'FAKE_FAULT=' .. (fault or '') }
  return vim.list_extend(set, { 'python3', here .. '/fake_server.py' })
end

--- How often the fake server was told something.
function M.count(method)
  return #vim.tbl_filter(function(message)
    return message.method == method
  end, M.received())
end

--- Stop the servers and wait until their processes have ended and Neovim has noticed.
local function stop()
  M.wait('servers have started', function()
    -- Neovim 0.7 never forgets a client that is stopped while it initializes.
    return M.count('arriero/status') >= M.count('initialize')
  end)
  require('arriero.server').stop()
  M.wait('servers ended', function()
    return #(vim.lsp.get_clients or vim.lsp.get_active_clients)() == 0
  end)
  local noticed = false
  vim.schedule(function()
    noticed = true
  end)
  M.wait('the end was noticed', function()
    return noticed
  end)
end

local function reset()
  require('arriero.review').close()
  require('arriero.chat').close()
  stop()
  vim.cmd('silent! tabonly! | silent! only! | silent! %bwipeout!')
  M.notes = {}
  M.log = vim.fn.tempname()
end

local function run_all()
  local failed = 0
  for _, case in ipairs(cases) do
    reset()
    local ok, problem = xpcall(case.body, debug.traceback)
    failed = failed + (ok and 0 or 1)
    out((ok and 'ok   ' or 'FAIL ') .. case.name)
    if not ok then
      out(tostring(problem))
      out('notes: ' .. vim.inspect(M.notes))
    end
  end
  stop()
  out(('%d cases, %d failed'):format(#cases, failed))
  return failed
end

--- Run all cases and leave Neovim, with an exit code of 1 if one has failed.
function M.run()
  vim.notify = function(text)
    M.notes[#M.notes + 1] = text
  end
  local ok, failed = xpcall(run_all, debug.traceback)
  if not ok then
    out(tostring(failed))
  end
  vim.cmd(ok and failed == 0 and 'qall!' or 'cquit 1')
end

return M
