--- The index: searches as quickfix lists, how far it is, building it anew, the outline.

local t = require('harness')
local arriero = require('arriero')

local function open(lines, fault)
  arriero.setup({ cmd = t.cmd(fault) })
  local bufnr, path = t.open(lines)
  t.sent('textDocument/didOpen')
  return bufnr, path
end

local function quickfix()
  return vim.fn.getqflist({ items = 0, title = 0 })
end

local function wait_quickfix()
  t.wait('quickfix window', function()
    return vim.bo.buftype == 'quickfix'
  end)
end

t.case('a search fills the quickfix list, with the reasons, and opens it', function()
  local bufnr = open({ 'zero', '  split the   amount', 'two' })
  vim.cmd('ArrieroSearch split')
  wait_quickfix()
  t.equal(t.sent('arriero/search'), { query = 'split', kind = 'auto', limit = 100, wait = 2 })
  local list = quickfix()
  t.equal(list.title, ':ArrieroSearch split')
  t.equal(#list.items, 1)
  t.equal(list.items[1].bufnr, bufnr)
  t.equal(list.items[1].lnum, 2)
  t.equal(
    list.items[1].text,
    'split the amount  [the word; words in lines 1-9; the path matches]'
  )
  vim.cmd('cfirst')
  t.equal(vim.api.nvim_win_get_cursor(0)[1], 2)
end)

local rows = {
  { 'ArrieroSearch -symbol split_evenly', 'symbol', 'split_evenly' },
  { 'ArrieroSearch -text  TODO: a | b', 'text', 'TODO: a | b' },
  { [[ArrieroSearch -regex def \w+_twice]], 'regex', [[def \w+_twice]] },
  { 'ArrieroSearch -semantic sharing a sum', 'semantic', 'sharing a sum' },
  { 'ArrieroSearch -other words', 'auto', '-other words' },
  { 'ArrieroSearch', 'auto', 'amount' },
  { 'ArrieroSearch -symbol', 'symbol', 'amount' },
}

for _, row in ipairs(rows) do
  t.case('what is searched by :' .. row[1], function()
    open({ 'an amount' })
    vim.api.nvim_win_set_cursor(0, { 1, 4 })
    vim.cmd(row[1])
    local params = t.sent('arriero/search')
    t.equal({ params.kind, params.query }, { row[2], row[3] })
  end)
end

t.case('the kinds are completed', function()
  open({ 'one' })
  t.equal(vim.fn.getcompletion('ArrieroSearch -', 'cmdline'), {
    '-regex',
    '-semantic',
    '-symbol',
    '-text',
  })
end)

t.case('without words and a word at the cursor nothing is asked', function()
  open({ '' })
  vim.cmd('ArrieroSearch')
  t.noted('say what to look for')
  t.equal(t.count('arriero/search'), 0)
end)

t.case('nothing found leaves the quickfix list alone and says what is missing', function()
  open({ 'one' }, 'unindexed')
  vim.fn.setqflist({ { text = 'kept' } })
  vim.cmd('ArrieroSearch three')
  t.noted('nothing was found%. This folder is not indexed%.')
  t.equal(quickfix().items[1].text, 'kept')
  t.equal(#vim.api.nvim_list_wins(), 1)
end)

t.case('an answer that is not whole says so', function()
  open({ 'one' }, 'unindexed')
  vim.cmd('ArrieroSearch one')
  wait_quickfix()
  t.noted('This folder is not indexed%.')
end)

t.case('more than a list holds is told', function()
  local lines = {}
  for number = 1, 120 do
    lines[number] = 'one ' .. number
  end
  open(lines)
  vim.cmd('ArrieroSearch one')
  wait_quickfix()
  t.equal(#quickfix().items, 100)
  t.noted('the first 100 places')
end)

t.case('a search that the server refuses is told', function()
  open({ 'one' })
  vim.cmd('ArrieroSearch -regex (')
  t.noted('The regular expression is not valid%.')
end)

t.case('of two searches the last is shown', function()
  open({ 'one', 'two' })
  vim.fn.setqflist({}, 'f')
  vim.cmd('ArrieroSearch one')
  vim.cmd('ArrieroSearch two')
  wait_quickfix()
  t.equal(quickfix().title, ':ArrieroSearch two')
  t.equal(vim.fn.getqflist({ nr = '$' }).nr, 1)
  t.sent('$/cancelRequest')
end)

-- The text of a hit, the query, and the line of it that is shown with its place.
local excerpts = {
  { 'a\n  choose the  window\nwindow', 'choose window', 'choose the window', 1 },
  { '\n\n  x = 1', 'window', 'x = 1', 2 },
  { 'def chosen():\n  is the chosen one', 'is the chosen', 'def chosen():', 0 },
  { 'a\nit is', 'is', 'it is', 1 },
  { 'a\nb', '+-*', 'a', 0 },
  { '', 'window', '', 0 },
  { ('ä'):rep(200), 'x', ('ä'):rep(160), 0 },
}

for number, row in ipairs(excerpts) do
  t.case('excerpt ' .. number, function()
    t.equal({ require('arriero.search').excerpt(row[1], row[2]) }, { row[3], row[4] })
  end)
end

t.case('how far the index is', function()
  open({ 'one' })
  t.wait('statusline', function()
    return arriero.statusline() == 'small'
  end)
  vim.cmd('ArrieroIndex')
  t.noted('Index: ready, 1,000 files')
end)

t.case('why there is no index', function()
  open({ 'one' }, 'unindexed')
  vim.cmd('ArrieroIndex')
  t.noted('Index: none\nThis folder is not indexed%.')
end)

t.case('how far search by meaning is', function()
  local meaning = { state = 'failing', model = 'nomic', chunks = 3400, done = 1200, message = 'Pull it.' }
  local folder = { uri = 'file:///w/a', state = 'ready', files = 1, done = 1, message = '' }
  local other = vim.tbl_extend('force', folder, { uri = 'file:///w/b', meaning = vim.NIL })
  folder.meaning = meaning
  t.equal(require('arriero.index').lines({ folder, other }), {
    'Index of a: ready, 1 file',
    'Meaning of a: 1,200 of 3,400 passages; failing, and tried again, by nomic',
    'Pull it.',
    'Index of b: ready, 1 file',
  })
end)

t.case('the index is built anew, and the statusline follows', function()
  open({ 'one' })
  t.wait('statusline', function()
    return arriero.statusline() == 'small'
  end)
  vim.cmd('ArrieroReindex')
  t.sent('workspace/executeCommand', 'arriero.reindex')
  t.noted('building the index')
  t.wait('progress', function()
    return arriero.statusline() == 'small, indexing 36 %'
  end)
  t.noted('Index: ready, 1,000 files')
  t.equal(arriero.statusline(), 'small')
end)

t.case('an index that is being built is looked at until it is ready', function()
  local index = require('arriero.index')
  local step = index.step
  index.step = 10
  open({ 'one' })
  t.wait('looked', function()
    return t.count('arriero/index') > 0 and arriero.statusline() == 'small'
  end)
  local seen = {}
  local watching = vim.api.nvim_create_autocmd('User', {
    pattern = 'ArrieroChanged',
    callback = function()
      seen[arriero.statusline()] = true
    end,
  })
  local client = require('arriero.server').clients()[1]
  require('arriero.runs').execute(client, 'arriero.reindex', vim.empty_dict())
  index.look(client)
  t.wait('ready again', function()
    return seen['small, indexing 36 %'] and arriero.statusline() == 'small'
  end)
  vim.api.nvim_del_autocmd(watching)
  index.step = step
end)

t.case('the statusline says how far an index is without a model server too', function()
  local state = require('arriero.state')
  state.status = { model = 'small', providerState = 'unavailable', runs = {} }
  t.equal(state.statusline('indexing 36 %'), 'arriero offline, indexing 36 %')
  t.equal(state.statusline(''), 'arriero offline')
end)

t.case('the outline opens in a split, where gf opens files', function()
  local _, path = open({ 'one' })
  vim.cmd('ArrieroMap split amounts')
  t.wait('split', function()
    return t.lines()[1] == 'a.txt:'
  end)
  t.equal(t.sent('arriero/map'), { tokens = 4096, words = 'split amounts', wait = 5 })
  t.equal({ t.lines()[2], vim.bo.modifiable, vim.bo.filetype }, { '  split amounts', false, 'text' })
  t.keys('gf')
  t.equal(vim.loop.fs_realpath(vim.api.nvim_buf_get_name(0)), path)
end)

t.run()
