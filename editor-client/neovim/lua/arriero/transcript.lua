--- What a chat has said, in a prompt buffer: blocks of text above the line that is typed in.
---
--- Lines that begin with the gutter `┊` are thoughts and results of tools, which are folded.

local M = {}
M.__index = M

local gutter = '┊ '
local namespace = vim.api.nvim_create_namespace('arriero.chat')
local most = 200 -- lines of a tool's result

---@param bufnr integer a prompt buffer, whose last line is the one that is typed in
function M.new(bufnr)
  return setmetatable({ bufnr = bufnr, kind = nil, tools = {} }, M)
end

--- The 0-based line of the prompt.
function M:prompt()
  return vim.api.nvim_buf_line_count(self.bufnr) - 1
end

function M:insert(at, lines)
  vim.api.nvim_buf_set_lines(self.bufnr, at, at, false, lines)
  vim.bo[self.bufnr].modified = false
end

--- Begin a block of a kind with these lines, an empty line before it where something is above.
function M:block(kind, lines)
  self.kind = kind
  local at = self:prompt()
  if at > 0 then
    table.insert(lines, 1, '')
  end
  self:insert(at, lines)
end

--- Add to the text of the block that is open; another kind begins a new one.
---@param kind "answer"|"thought"|"notice"
function M:add(kind, text)
  local prefix = kind == 'answer' and '' or gutter
  if self.kind ~= kind then
    self:block(kind, { prefix })
  end
  local lines = vim.split(text, '\n', { plain = true })
  local at = self:prompt() - 1
  local open = vim.api.nvim_buf_get_lines(self.bufnr, at, at + 1, false)[1]
  lines[1] = open .. lines[1]
  for index = 2, #lines do
    lines[index] = prefix .. lines[index]
  end
  vim.api.nvim_buf_set_lines(self.bufnr, at, at + 1, false, lines)
  vim.bo[self.bufnr].modified = false
end

--- What the user said.
function M:said(words)
  local lines = vim.split(words, '\n', { plain = true })
  for index, line in ipairs(lines) do
    lines[index] = '> ' .. line
  end
  self:block('user', lines)
end

--- A tool has begun.
function M:tool(id, title)
  local shown = title:gsub('%s+', ' ')
  if self.kind == 'tool' then
    self:insert(self:prompt(), { '… ' .. shown })
  else
    self:block('tool', { '… ' .. shown })
  end
  local at = self:prompt() - 1
  local mark = vim.api.nvim_buf_set_extmark(self.bufnr, namespace, at, 0, { right_gravity = false })
  self.tools[id] = { mark = mark, title = shown }
end

--- A tool has ended: what it said goes below its title.
function M:tool_ended(id, failed, text)
  local tool = self.tools[id]
  if not tool then
    return
  end
  self.tools[id] = nil
  local at = vim.api.nvim_buf_get_extmark_by_id(self.bufnr, namespace, tool.mark, {})[1]
  local lines = text == '' and {} or vim.split(text, '\n', { plain = true })
  if #lines > most then
    local left_out = #lines - most
    lines = vim.list_slice(lines, 1, most)
    lines[most + 1] = ('(%d more lines)'):format(left_out)
  end
  for index, line in ipairs(lines) do
    lines[index] = gutter .. line
  end
  table.insert(lines, 1, (failed and '✗ ' or '✓ ') .. tool.title)
  vim.api.nvim_buf_set_lines(self.bufnr, at, at + 1, false, lines)
  vim.bo[self.bufnr].modified = false
end

--- For 'foldexpr': what stands in the gutter is folded.
function M.fold(line)
  return vim.startswith(vim.fn.getline(line), gutter) and 1 or 0
end

--- For 'foldtext'.
function M.foldtext()
  local first = vim.fn.getline(vim.v.foldstart):sub(#gutter + 1)
  return ('%s%s  (%d lines)'):format(gutter, first, vim.v.foldend - vim.v.foldstart + 1)
end

return M
