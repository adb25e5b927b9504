-- The user's configuration of every test: the plugin, and the fake server in place of the real one.
local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here, ':h'))
vim.o.swapfile = false
vim.o.shadafile = 'NONE'
vim.o.hidden = true
package.path = here .. '/?.lua;' .. package.path
