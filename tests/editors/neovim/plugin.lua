--- The main job with the plugin: follow the comment, accept one hunk and then all, save, undo, save.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
package.path = here .. '/?.lua;' .. package.path
local t = require('steps')

t.run(function()
  t.set_up()
  vim.cmd('edit a.py')
  local file = vim.api.nvim_get_current_buf()
  vim.cmd('ArrieroFollow')
  t.wait('review', function()
    return #vim.api.nvim_list_tabpages() == 2
  end)
  vim.api.nvim_win_set_cursor(0, { 5, 0 })
  vim.api.nvim_feedkeys('a', 'xt', false)
  t.wait('first hunk applied', function()
    return vim.api.nvim_buf_get_lines(file, 4, 5, false)[1] == 'three'
  end)
  vim.cmd('ArrieroAccept')
  t.wait('review closed', function()
    return #vim.api.nvim_list_tabpages() == 1 and t.line(17) == 'fifteen'
  end)
  t.save_as('accepted.py')
  vim.ui.select = function(items, _, choose)
    choose(items[1], 1)
  end
  vim.cmd('ArrieroUndo')
  t.wait('undone', function()
    return t.line(17) == '15' and t.line(5) == '3'
  end)
  t.save_as('undone.py')
end)
