--- Shows a text in a scratch split; `q` closes it.

local M = {}

--- The window of the last answer is used again while it is open.
local window

---@param title string
---@param text string
---@param filetype string|nil of the text, Markdown if it is not said
function M.show(title, text, filetype)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split(text, '\r?\n'))
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].modifiable = false
  if window and vim.api.nvim_win_is_valid(window) then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('botright split')
    window = vim.api.nvim_get_current_win()
  end
  vim.api.nvim_win_set_buf(window, bufnr)
  vim.bo[bufnr].filetype = filetype or 'markdown'
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  local name = ('arriero://answer/%d/%s'):format(bufnr, title:gsub('%s+', ' '):sub(1, 60))
  pcall(vim.api.nvim_buf_set_name, bufnr, name) -- only a title: one that is refused is no loss
  vim.api.nvim_buf_set_keymap(bufnr, 'n', 'q', '<cmd>close<cr>', { noremap = true, nowait = true })
end

--- Put a commit message at the top of a commit buffer, else show it and keep it in the unnamed
--- register.
function M.commit(text)
  local fenced = text:match('^%s*```[^\n]*\n(.-)\n?```%s*$')
  local lines = vim.split(vim.trim(fenced or text), '\r?\n')
  if vim.bo.filetype == 'gitcommit' then
    vim.api.nvim_buf_set_lines(0, 0, 0, false, lines)
  else
    vim.fn.setreg('"', lines, 'l')
    M.show('Commit message', table.concat(lines, '\n'))
  end
end

return M
