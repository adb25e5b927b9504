--- Words for the user.

local M = {}

---@param text string
---@param level integer|nil one of vim.log.levels, default INFO
function M.say(text, level)
  vim.notify('Arriero: ' .. text, level or vim.log.levels.INFO)
end

function M.warn(text)
  M.say(text, vim.log.levels.WARN)
end

function M.error(text)
  M.say(text, vim.log.levels.ERROR)
end

--- The first line of a Markdown text, without its marks.
---@param markdown string|nil
---@return string
function M.first_line(markdown)
  for line in (markdown or ''):gmatch('[^\r\n]+') do
    local plain = vim.trim(line):gsub('^[#>]+%s+', ''):gsub('^[-*+]%s+', '')
    plain = plain:gsub('%*%*(.-)%*%*', '%1'):gsub('`(.-)`', '%1')
    if plain ~= '' and not vim.startswith(plain, '```') then
      return plain
    end
  end
  return ''
end

--- "1 hunk", "3 hunks".
function M.count(number, noun)
  return ('%d %s%s'):format(number, noun, number == 1 and '' or 's')
end

return M
