--- What the user is looking at, as the argument of a command.

local compat = require('arriero.compat')

local M = {}

local function position(bufnr, line, byte, encoding)
  local text = vim.api.nvim_buf_get_lines(bufnr, line, line + 1, false)[1] or ''
  return { line = line, character = compat.character(text, byte, encoding) }
end

--- The range of whole lines, from 1, the last included.
local function line_range(bufnr, first, last, encoding)
  if last >= vim.api.nvim_buf_line_count(bufnr) then
    local text = vim.api.nvim_buf_get_lines(bufnr, last - 1, last, false)[1] or ''
    return {
      start = { line = first - 1, character = 0 },
      ['end'] = position(bufnr, last - 1, #text, encoding),
    }
  end
  return {
    start = { line = first - 1, character = 0 },
    ['end'] = { line = last, character = 0 },
  }
end

--- The range of the last visual selection if it was by characters and is the given lines.
local function visual_range(bufnr, first, last, encoding)
  local from, to = vim.api.nvim_buf_get_mark(bufnr, '<'), vim.api.nvim_buf_get_mark(bufnr, '>')
  if vim.fn.visualmode() ~= 'v' or from[1] ~= first or to[1] ~= last then
    return nil
  end
  local text = vim.api.nvim_buf_get_lines(bufnr, last - 1, last, false)[1] or ''
  local after = to[2]
  if vim.o.selection ~= 'exclusive' and after < #text then
    -- The mark is on the first byte of the last character: go past the whole of it.
    after = after + #vim.fn.matchstr(text:sub(after + 1), '.')
  end
  return {
    start = position(bufnr, first - 1, from[2], encoding),
    ['end'] = position(bufnr, last - 1, after, encoding),
  }
end

--- LSP's range for what a user command was given.
---@return table|nil nil without a range
function M.range(bufnr, given, encoding)
  if given.range == 0 then
    return nil
  end
  return visual_range(bufnr, given.line1, given.line2, encoding)
    or line_range(bufnr, given.line1, given.line2, encoding)
end

local function empty_range(bufnr, cursor, encoding)
  local at = position(bufnr, cursor[1] - 1, cursor[2], encoding)
  return { start = at, ['end'] = at }
end

--- Diagnostics of a buffer in LSP's form, of the lines of a range if one is given.
function M.diagnostics(bufnr, encoding, range)
  local found = {}
  for _, problem in ipairs(vim.diagnostic.get(bufnr)) do
    local last = problem.end_lnum or problem.lnum
    if not range or (problem.lnum <= range['end'].line and range.start.line <= last) then
      found[#found + 1] = {
        range = {
          start = position(bufnr, problem.lnum, problem.col or 0, encoding),
          ['end'] = position(bufnr, last, problem.end_col or problem.col or 0, encoding),
        },
        severity = problem.severity,
        message = problem.message,
        source = problem.source,
        code = problem.code,
      }
    end
  end
  return found
end

--- The argument of a command: file, range and problems as the command wants them.
---@param spec arriero.Command
---@param given { range: integer, line1: integer, line2: integer, cursor: integer[] }
function M.argument(spec, bufnr, given, encoding)
  local argument = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  if spec.target ~= 'document' then
    argument.range = M.range(bufnr, given, encoding)
      or (spec.target == 'cursor' and empty_range(bufnr, given.cursor, encoding))
      or nil
  end
  if spec.problems then
    local there = M.diagnostics(bufnr, encoding, argument.range)
    if #there == 0 and spec.name == 'fix' and given.range == 0 then
      there = M.diagnostics(bufnr, encoding)
    end
    argument.diagnostics = #there > 0 and there or nil
  end
  return argument
end

return M
