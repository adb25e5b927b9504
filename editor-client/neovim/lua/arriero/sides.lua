--- The two texts of a proposed file: what the user has on the left, with the open hunks on the right.
---
--- Pure functions over one file of an `arriero/proposal` answer. A hunk is whole lines: `oldLines`
--- at `line` (0-based) of `oldText` become `newLines`. The server carries a proposal over to what was
--- accepted, so that its texts are the sides as they are.

local value = require('arriero.compat').value

local M = {}

--- A text as lines for a buffer. Line ends are left out: the user's file keeps its own.
---@param text string|nil
---@return string[]
function M.lines(text)
  text = (text or ''):gsub('\r\n', '\n'):gsub('\r', '\n')
  if text:sub(-1) == '\n' then
    text = text:sub(1, -2)
  end
  return vim.split(text, '\n', { plain = true })
end

local function open_hunks(file)
  local hunks = vim.tbl_filter(function(hunk)
    return hunk.state == 'open'
  end, file.hunks)
  local given = {}
  for index, hunk in ipairs(hunks) do
    given[hunk] = index
  end
  table.sort(hunks, function(one, other)
    if one.line == other.line then
      return given[one] < given[other]
    end
    return one.line < other.line
  end)
  return hunks
end

--- The sides of one file.
---@return { left: string[], right: string[], places: table[] } places: the open hunks in order, with
--- the 0-based lines where they begin, `left` and `right`
function M.of(file)
  local places, growth = {}, 0
  for index, hunk in ipairs(open_hunks(file)) do
    local left = math.max(0, hunk.line)
    places[index] = { hunk = hunk, left = left, right = left + growth }
    growth = growth + #hunk.newLines - #hunk.oldLines
  end
  return {
    left = M.lines(value(file.oldText)),
    right = M.lines(value(file.newText)),
    places = places,
  }
end

--- The open hunk at a 0-based line of one side, else the next one below, else the last.
function M.at(places, side, line)
  for _, place in ipairs(places) do
    local height = side == 'left' and #place.hunk.oldLines or #place.hunk.newLines
    if line < place[side] + math.max(1, height) then
      return place.hunk
    end
  end
  return places[#places] and places[#places].hunk or nil
end

--- Hunks of a file in a state.
function M.count(file, state)
  local number = 0
  for _, hunk in ipairs(file.hunks) do
    number = number + (hunk.state == state and 1 or 0)
  end
  return number
end

--- Open hunks of a whole proposal.
function M.open(proposal)
  local number = 0
  for _, file in ipairs(proposal.files) do
    number = number + M.count(file, 'open')
  end
  return number
end

return M
