--- How far the indexes of the workspaces are, as their servers told last.

local compat = require('arriero.compat')
local state = require('arriero.state')

local M = {
  --- Milliseconds between two looks at an index that is being built: the server tells only when a
  --- state becomes another.
  step = 2000,
}

--- client id → { folders, asking, again, due }
local watched = {}

--- "3,400": a number with its thousands apart.
function M.grouped(number)
  local text = ('%d'):format(number)
  return (text:reverse():gsub('(%d%d%d)', '%1,'):reverse():gsub('^,', ''))
end

local grouped = M.grouped

local function words(folder)
  local progress = ('%s of %s files'):format(grouped(folder.done), grouped(folder.files))
  return ({
    off = 'none',
    waiting = 'waiting for its turn',
    scanning = 'looking which files there are',
    building = 'building, ' .. progress,
    paused = progress .. '; paused while a run needs the processor',
    ready = ('ready, %s %s'):format(grouped(folder.done), folder.done == 1 and 'file' or 'files'),
  })[folder.state] or folder.state
end

local function meaning_words(meaning)
  local progress = ('%s of %s passages'):format(grouped(meaning.done), grouped(meaning.chunks))
  return ({
    waiting = 'waiting for a quiet moment',
    embedding = progress,
    paused = progress .. '; paused while something else is at work',
    ready = 'ready, ' .. progress,
    failing = progress .. '; failing, and tried again',
  })[meaning.state] or meaning.state
end

--- The indexes of a server's folders, a line for each thing; folders are named if there are several.
function M.lines(folders)
  local lines = {}
  for _, folder in ipairs(folders) do
    local name = vim.fn.fnamemodify(vim.uri_to_fname(folder.uri), ':t')
    local of = #folders > 1 and (' of ' .. name) or ''
    lines[#lines + 1] = ('Index%s: %s'):format(of, words(folder))
    if folder.message ~= '' then
      lines[#lines + 1] = folder.message
    end
    local meaning = compat.value(folder.meaning)
    if meaning then
      lines[#lines + 1] = ('Meaning%s: %s, by %s'):format(of, meaning_words(meaning), meaning.model)
      lines[#lines + 1] = meaning.message ~= '' and meaning.message or nil
    end
  end
  return lines
end

--- Whether an index will be another in a moment, without anything being done.
function M.moving(folders)
  for _, folder in ipairs(folders) do
    if folder.state ~= 'off' and folder.state ~= 'ready' then
      return true
    end
  end
  return false
end

--- Note what a server told.
function M.take(id, folders)
  local watch = watched[id] or {}
  watched[id] = watch
  if not vim.deep_equal(watch.folders, folders) then
    watch.folders = folders
    state.changed()
  end
end

--- Ask a server how far its indexes are, and again while they are being built.
function M.look(client)
  local watch = watched[client.id] or { folders = {} }
  watched[client.id] = watch
  if watch.asking then
    watch.again = true
    return
  end
  local function look_again()
    watch.due = false
    if watched[client.id] == watch then
      M.look(client)
    end
  end
  watch.asking = compat.request(client, 'arriero/index', vim.empty_dict(), function(_, answer)
    watch.asking = false
    if watched[client.id] ~= watch then
      return -- its server has ended
    end
    if answer then
      M.take(client.id, answer.indexes)
    end
    if watch.again then
      watch.again = false
      M.look(client)
    elseif M.moving(watch.folders) and not watch.due then
      watch.due = true
      vim.defer_fn(look_again, M.step)
    end
  end)
end

--- A server has ended; without an id all have.
function M.forget(id)
  if id then
    watched[id] = nil
  else
    watched = {}
  end
end

--- How much of the files is indexed, such as "indexing 36 %"; empty when there is nothing to await.
function M.statusline()
  local files, done, moving = 0, 0, false
  for _, watch in pairs(watched) do
    moving = moving or M.moving(watch.folders)
    for _, folder in ipairs(watch.folders) do
      files, done = files + folder.files, done + folder.done
    end
  end
  if not moving then
    return ''
  end
  return files > 0 and ('indexing %d %%'):format(math.floor(100 * done / files)) or 'indexing'
end

return M
