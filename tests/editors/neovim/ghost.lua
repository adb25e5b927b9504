--- A suggestion is shown as ghost text and taken with the key; without one the key is itself.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
package.path = here .. '/?.lua;' .. package.path
local t = require('steps')

t.run(function()
  t.set_up()
  vim.cmd('edit b.py')
  local ghost = require('arriero.ghost')
  t.wait('server', function()
    return #require('arriero.server').clients() == 1
  end)
  local space = vim.api.nvim_get_namespaces()['arriero.ghost']
  local shown
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  -- Headless Neovim stays in insert mode only while keys are being typed: the rest happens there.
  vim.keymap.set('i', '<F2>', function()
    local asked = vim.loop.now()
    shown = t.wait('ghost text', function()
      if vim.loop.now() - asked > 3000 then -- a suggestion that comes late is none: press again
        asked = vim.loop.now()
        ghost.suggest(true)
      end
      local marks = vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })
      return marks[1] and marks[1][4].virt_text[1][1]
    end)
    assert(ghost.accept(), 'taken')
  end)
  vim.keymap.set('i', '<F3>', function()
    ghost.suggest(true)
  end)
  local keys = vim.api.nvim_replace_termcodes('A<F3><F2><Esc>', true, false, true)
  vim.api.nvim_feedkeys(keys, 'xt', false)
  assert(t.line(2) == '    return a + b', t.line(2))
  assert(shown == ' a + b', shown)
  vim.cmd('silent write')
end)
