--- The main job with nothing but Neovim's own client: code actions and a question.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
package.path = here .. '/?.lua;' .. package.path
local t = require('steps')

local wanted, marks
local ready = false

local function title_of(item)
  return (item.action or item[2] or item).title
end

--- Pick an action by its title, at a line.
local function act(line, title)
  wanted = title
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  vim.lsp.buf.code_action()
end

t.run(function()
  vim.ui.select = function(items, _, choose)
    for at, item in ipairs(items) do
      if title_of(item) == wanted then
        return choose(item, at)
      end
    end
    error('no action ' .. wanted)
  end
  vim.fn.inputlist = function(lines) -- how window/showMessageRequest is asked: close it
    io.stdout:write('asked: ' .. lines[1] .. '\n')
    return 0
  end
  vim.cmd('edit a.py')
  local client = vim.lsp.start_client({
    name = 'arriero',
    cmd = t.cmd,
    root_dir = vim.fn.getcwd(),
    on_init = function()
      ready = true
    end,
  })
  t.wait('initialized', function()
    return ready
  end)
  vim.lsp.buf_attach_client(0, client)
  act(1, 'Follow this comment')
  marks = t.wait('marks', function()
    local found = vim.diagnostic.get(0)
    return #found == 2 and found
  end)
  act(marks[1].lnum + 1, 'Accept this change')
  t.wait('one mark is left', function()
    return #vim.diagnostic.get(0) == 1
  end)
  act(vim.diagnostic.get(0)[1].lnum + 1, 'Accept this change')
  t.wait('applied', function()
    return t.line(5) == 'three' and t.line(17) == 'fifteen'
  end)
  t.save_as('accepted.py')
  t.wait('no mark is left', function()
    return #vim.diagnostic.get(0) == 0
  end)
  act(1, "Undo Arriero's last change")
  t.wait('undone', function()
    return t.line(17) == '15' and t.line(5) == '3'
  end)
  t.save_as('undone.py')
end)
