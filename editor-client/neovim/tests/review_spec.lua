--- Edits: proposals reviewed by hunk, file and whole; applied, refused, undone.

local t = require('harness')
local sides = require('arriero.sides')

local text = { 'todo one', 'two', 'todo three', 'four', 'todo five' }

local function start(fault, prompt, options)
  options = vim.tbl_extend('keep', options or {}, { cmd = t.cmd(fault) })
  require('arriero').setup(options)
  local bufnr, path = t.open(text)
  t.sent('textDocument/didOpen')
  if prompt then
    vim.cmd('ArrieroEdit ' .. prompt)
  end
  return bufnr, path
end

local function wait_review()
  t.wait('review', function()
    return #vim.api.nvim_list_tabpages() == 2 and #vim.api.nvim_tabpage_list_wins(0) == 2
  end)
end

local function wait_closed()
  t.wait('review closed', function()
    return #vim.api.nvim_list_tabpages() == 1
  end)
end

--- The two sides as they are shown.
local function shown()
  local left, right = unpack(vim.api.nvim_tabpage_list_wins(0))
  return t.lines(vim.api.nvim_win_get_buf(left)), t.lines(vim.api.nvim_win_get_buf(right))
end

t.case('a proposal opens as a diff; nothing is changed yet', function()
  local bufnr = start(nil, 'shout')
  wait_review()
  local left, right = shown()
  t.equal(left, text)
  t.equal(right, { 'TODO ONE', 'two', 'TODO THREE', 'four', 'TODO FIVE' })
  t.equal(vim.wo.diff, true)
  t.equal(vim.bo.modifiable, false)
  t.equal(t.lines(bufnr), text)
  assert(vim.wo.statusline:match('3 changes'), vim.wo.statusline)
end)

t.case('accept one, reject one, accept the last: the file is so', function()
  local bufnr, path = start(nil, 'shout')
  wait_review()
  t.keys('gga')
  t.wait('first applied', function()
    return t.lines(bufnr)[1] == 'TODO ONE'
  end)
  t.equal(t.argument('arriero.accept'), { runId = 'run-1', hunks = { '1' } })
  t.wait('left side follows', function()
    return shown()[1] == 'TODO ONE'
  end)
  vim.api.nvim_win_set_cursor(0, { 5, 0 })
  t.keys('r')
  t.equal(t.argument('arriero.reject'), { runId = 'run-1', hunks = { '3' } })
  t.wait('right side follows', function()
    local _, right = shown()
    return right[5] == 'todo five'
  end)
  t.keys('ggA')
  wait_closed()
  t.noted('every change is decided')
  t.equal(t.lines(bufnr), { 'TODO ONE', 'two', 'TODO THREE', 'four', 'todo five' })
  vim.cmd('silent write')
  t.equal(vim.fn.readfile(path)[3], 'TODO THREE')
end)

t.case('a hunk can be chosen on the left side too', function()
  start(nil, 'shout')
  wait_review()
  vim.cmd('wincmd h')
  vim.api.nvim_win_set_cursor(0, { 3, 0 })
  t.keys('a')
  t.equal(t.argument('arriero.accept').hunks, { '2' })
end)

t.case('several files: a file at a time, a new one in a new folder', function()
  local bufnr, path = start(nil, 'create')
  wait_review()
  t.keys(']f')
  local left, right = shown()
  t.equal(left, { '' })
  t.equal(right, { 'a new file', 'of two lines' })
  t.keys('A')
  local new = vim.fn.fnamemodify(path, ':h') .. '/new.txt'
  t.wait('created', function()
    local created = vim.fn.bufnr(new)
    return created > 0 and t.lines(created)[1] == 'a new file'
  end)
  t.wait('next file shown', function()
    local _, now = shown()
    return now[1] == 'TODO ONE'
  end)
  t.keys('gR')
  wait_closed()
  t.equal(t.lines(bufnr), text)
end)

t.case('accept all by command, then undo the run', function()
  local bufnr = start(nil, 'shout')
  wait_review()
  vim.cmd('ArrieroAccept')
  wait_closed()
  t.equal(t.lines(bufnr)[5], 'TODO FIVE')
  local choices
  vim.ui.select = function(items, options, on_choice)
    choices = vim.tbl_map(options.format_item, items)
    on_choice(items[1], 1)
  end
  vim.cmd('ArrieroUndo')
  t.wait('undone', function()
    return t.lines(bufnr)[1] == 'todo one'
  end)
  t.equal(t.lines(bufnr), text)
  t.noted('Undone')
  t.equal(choices, { 'Shout run-1' })
  vim.cmd('ArrieroRedo')
  t.noted('Redone: the last run')
  vim.cmd('ArrieroRedo run-1')
  t.noted('Redone: run.1')
end)

t.case('close and come back: the proposal waits', function()
  start(nil, 'shout')
  wait_review()
  t.keys('q')
  wait_closed()
  t.equal(require('arriero').statusline(), 'small, 1 to review')
  vim.cmd('ArrieroProposal')
  wait_review()
  vim.cmd('ArrieroReject file')
  wait_closed()
  vim.cmd('ArrieroProposal')
  t.noted('no proposal to review')
end)

t.case('a proposal from before is found by the status', function()
  start(nil, 'shout')
  wait_review()
  t.keys('q')
  wait_closed()
  require('arriero.state').waiting = {} -- as after a restart of Neovim
  vim.cmd('ArrieroStatus')
  t.noted('review: Shout')
  t.noted(':ArrieroProposal')
  vim.cmd('ArrieroProposal')
  wait_review()
end)

t.case('a review that is not wanted at once', function()
  start(nil, 'shout', { open_review = false })
  t.noted(':ArrieroProposal')
  t.equal(#vim.api.nvim_list_tabpages(), 1)
  vim.cmd('ArrieroAccept')
  t.argument('arriero.accept')
end)

t.case('a change that is applied at once needs no review', function()
  local bufnr = start(nil, 'apply')
  t.wait('applied', function()
    return t.lines(bufnr)[1] == 'TODO ONE'
  end)
  t.noted('Shouted')
  t.equal(#vim.api.nvim_list_tabpages(), 1)
end)

t.case('an edit for an old version is refused and nothing is lost', function()
  local bufnr = start('late', 'shout')
  wait_review()
  t.keys('gA')
  t.noted('did not apply')
  t.equal(t.lines(bufnr), text)
  t.equal(#vim.api.nvim_list_tabpages(), 2)
end)

t.case('control: when nothing is applied, nothing looks applied', function()
  local bufnr = start('deaf', 'shout')
  wait_review()
  t.keys('gA')
  wait_closed()
  t.equal(t.lines(bufnr), text)
end)

t.case('edits: all or nothing, null versions, folders that are not there yet', function()
  local bufnr, path = start()
  local folder = vim.fn.fnamemodify(path, ':h')
  local client = require('arriero.server').clients()[1]
  local function apply(changes)
    local params = { edit = { documentChanges = changes } }
    return require('arriero.edits').apply(nil, params, { client_id = client.id })
  end
  local function insertion(uri, version)
    local at = { line = 0, character = 0 }
    local edit = { range = { start = at, ['end'] = at }, newText = 'new\n' }
    return { textDocument = { uri = uri, version = version }, edits = { edit } }
  end
  local here, there = vim.uri_from_bufnr(bufnr), vim.uri_from_fname(folder .. '/x/y/z.txt')
  local version = vim.lsp.util.buf_versions[bufnr]
  local refused = apply({ insertion(there, vim.NIL), insertion(here, version - 1) })
  t.equal(refused.applied, false)
  assert(refused.failureReason:match('has changed since'), refused.failureReason)
  t.equal(t.lines(bufnr), text)
  t.equal(vim.fn.isdirectory(folder .. '/x'), 0)
  local create = { kind = 'create', uri = there }
  t.equal(apply({ create, insertion(there, vim.NIL), insertion(here, version) }), { applied = true })
  t.equal(t.lines(bufnr)[1], 'new')
  t.equal(t.lines(vim.fn.bufnr(folder .. '/x/y/z.txt'))[1], 'new')
  vim.bo[bufnr].modifiable = false
  t.equal(apply({ insertion(here, vim.NIL) }).applied, false)
end)

local function hunk(id, line, old, new, state)
  return { id = id, line = line, oldLines = old, newLines = new, state = state or 'open' }
end

t.case('sides: the texts as they are, and places of the open hunks only', function()
  local file = {
    uri = 'file:///a',
    kind = 'edit',
    oldText = 'one\r\ntwo\r\nthree\r\nfour',
    newText = 'one\r\ntwo\r\nbetween\r\nfour',
    hunks = {
      hunk('4', 3, { 'four' }, { 'FOUR' }, 'stale'),
      hunk('3', 2, { 'three\r\n' }, {}),
      hunk('2', 2, {}, { 'between\r\n' }),
      hunk('1', 0, { 'zero\r\n' }, { 'one\r\n' }, 'accepted'),
      hunk('5', -1, {}, {}),
    },
  }
  local found = sides.of(file)
  t.equal(found.left, { 'one', 'two', 'three', 'four' })
  t.equal(found.right, { 'one', 'two', 'between', 'four' })
  t.equal(
    vim.tbl_map(function(place)
      return { place.hunk.id, place.left, place.right }
    end, found.places),
    { { '5', 0, 0 }, { '3', 2, 2 }, { '2', 2, 1 } }
  )
  t.equal(sides.at(found.places, 'left', 1).id, '3')
  t.equal(sides.at({}, 'left', 0), nil)
  t.equal(sides.of({ oldText = vim.NIL, newText = vim.NIL, hunks = {} }).left, { '' })
end)

t.run()
