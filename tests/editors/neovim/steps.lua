--- What the scripts here share: the plugin, waiting, the file that is open, leaving with a verdict.

local M = { cmd = { os.getenv('TEST_PYTHON'), '-m', 'arriero', 'lsp' } }

local function out(text)
  io.stdout:write(text .. '\n')
end

--- Wait until `done()` answers something true; ends Neovim with 1 after a minute.
function M.wait(what, done)
  local answer
  local ok = vim.wait(60000, function()
    answer = done()
    return answer
  end, 10)
  if not ok then
    out('timeout: ' .. what)
    out(vim.inspect(vim.api.nvim_buf_get_lines(0, 0, -1, false)))
    out(vim.fn.execute('messages'))
    vim.cmd('cquit 1')
  end
  return answer
end

--- Set the plugin up, with this Python's server and these options.
function M.set_up(options)
  vim.opt.runtimepath:prepend(os.getenv('TEST_CLIENTS') .. '/neovim')
  require('arriero').setup(vim.tbl_extend('force', { cmd = M.cmd }, options or {}))
end

function M.line(number)
  return vim.api.nvim_buf_get_lines(0, number - 1, number, false)[1]
end

--- Save the buffer, and keep a copy of the file.
function M.save_as(copy)
  vim.cmd('silent write')
  vim.fn.writefile(vim.fn.readfile('a.py', 'b'), copy, 'b')
end

--- Run the steps, then leave Neovim with 0, or with 1 and the reason.
function M.run(steps)
  vim.o.swapfile = false
  vim.notify = function(text)
    out('note: ' .. text)
  end
  local ok, problem = xpcall(steps, debug.traceback)
  if not ok then
    out(tostring(problem))
  end
  vim.cmd(ok and 'qall!' or 'cquit 1')
end

return M
