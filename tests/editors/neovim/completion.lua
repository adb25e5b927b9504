--- A suggestion comes as the entry of Neovim's own completion, without any plugin.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
package.path = here .. '/?.lua;' .. package.path
local t = require('steps')

t.run(function()
  vim.cmd('edit b.py')
  local ready = false
  local client = vim.lsp.start_client({
    name = 'arriero',
    cmd = t.cmd,
    root_dir = vim.fn.getcwd(),
    on_init = function(started)
      ready = started.server_capabilities.completionProvider ~= nil
    end,
  })
  t.wait('completion is offered', function()
    return ready
  end)
  vim.lsp.buf_attach_client(0, client)
  vim.bo.omnifunc = 'v:lua.vim.lsp.omnifunc'
  vim.o.completeopt = 'menuone,noselect'
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  -- Headless Neovim stays in insert mode only while keys are being typed: the rest happens there.
  vim.keymap.set('i', '<F2>', function()
    t.wait('an entry', function()
      return vim.fn.pumvisible() == 1
    end)
  end)
  local keys = 'A<C-x><C-o><F2><C-n><C-y><Esc>'
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'xt', false)
  vim.cmd('silent write')
end)
