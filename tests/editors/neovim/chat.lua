--- A conversation with the plugin: an answer streams in, what a tool said is folded, a proposal is
--- accepted, and an answer is stopped.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
package.path = here .. '/?.lua;' .. package.path
local t = require('steps')

local function said(pattern)
  for at, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    if line:match(pattern) then
      return at
    end
  end
end

t.run(function()
  t.set_up({ open_review = false })
  vim.cmd('edit a.py')
  local file = vim.api.nvim_get_current_buf()
  vim.cmd('1,2ArrieroChat what is this')
  t.wait('chat', function()
    return vim.bo.buftype == 'prompt'
  end)
  t.wait('answer', function()
    return said('^It is a list%.$')
  end)
  assert(said('^> what is this') == 1, 'the question is shown')
  local tool = t.wait('tool', function()
    return said('^✓ .*a%.py')
  end)
  assert(said('^┊ I had better look'), 'thoughts are shown')
  assert(vim.fn.foldclosed(tool + 1) == tool + 1, 'the result is folded')
  assert(vim.fn.foldclosed(tool) == -1, 'the title is not')
  assert(vim.api.nvim_buf_get_lines(0, tool, tool + 1, false)[1]:match('^┊ '), 'the result is there')

  require('arriero.chat').send('change it') -- as <CR> on the last line does
  t.wait('second answer', function()
    return said('^The numbers are words%.$') and said('A proposal waits')
  end)
  vim.cmd('ArrieroAccept')
  t.wait('applied', function()
    return vim.api.nvim_buf_get_lines(file, 4, 5, false)[1] == 'three'
  end)

  require('arriero.chat').send('go on for ever')
  t.wait('third answer begins', function()
    return said('^one two')
  end)
  require('arriero.chat').stop()
  t.wait('stopped', function()
    return said('^┊ stopped')
  end)
  vim.cmd('stopinsert')
end)
