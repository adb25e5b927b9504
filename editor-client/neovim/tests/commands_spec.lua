--- Requests: what is sent for each command, progress, cancelling, results that are read.

local t = require('harness')
local arriero = require('arriero')

local function setup(options)
  options = vim.tbl_extend('keep', options or {}, { cmd = t.cmd() })
  arriero.setup(options)
end

local function range(first, start, last, stop)
  return {
    start = { line = first, character = start },
    ['end'] = { line = last, character = stop },
  }
end

t.case('initialize says what the client does itself', function()
  setup({ settings = { model = 'big' } })
  local _, path = t.open({ 'one' })
  local params = t.sent('initialize')
  t.equal(params.initializationOptions, {
    review = 'client',
    answers = 'client',
    trusted = false,
    settings = { model = 'big' },
  })
  t.equal(params.rootUri, vim.uri_from_fname(vim.fn.fnamemodify(path, ':h')))
  t.equal(params.capabilities.workspace.workspaceEdit.documentChanges, true)
  t.equal(t.sent('textDocument/didOpen').textDocument.text, 'one\n')
end)

t.case('settings that are not set are an empty object, not a list', function()
  setup()
  t.open({ 'one' })
  t.sent('initialize')
  local raw = vim.fn.readfile(t.log)[1]
  assert(raw:match('"settings": {}'), raw)
end)

t.case('a workspace is trusted if the settings say so', function()
  setup({ trusted = true })
  t.open({ 'one' })
  t.equal(t.sent('initialize').initializationOptions.trusted, true)
end)

t.case('two files of one workspace share one server', function()
  setup()
  local _, path = t.open({ 'one' })
  t.sent('textDocument/didOpen')
  vim.cmd('edit ' .. vim.fn.fnamemodify(path, ':h') .. '/b.txt')
  t.wait('both open', function()
    return t.count('textDocument/didOpen') == 2
  end)
  t.equal(#require('arriero.server').clients(), 1)
end)

local rows = {
  { 'ArrieroAsk why is it so?', 'ask', { prompt = 'why is it so?' } },
  { '2ArrieroEdit shorter', 'edit', { prompt = 'shorter', range = range(1, 0, 2, 0) } },
  { '2,3ArrieroEdit shorter', 'edit', { prompt = 'shorter', range = range(1, 0, 2, 5) } },
  { 'ArrieroEdit all of it', 'edit', { prompt = 'all of it' } },
  { 'ArrieroFix', 'fix', { range = range(0, 2, 0, 2) } },
  { 'ArrieroExplain', 'explain', { range = range(0, 2, 0, 2) } },
  { 'ArrieroDocument', 'document', { range = range(0, 2, 0, 2) } },
  { 'ArrieroTest', 'test', { range = range(0, 2, 0, 2) } },
  { 'ArrieroFollow', 'followComment', { range = range(0, 2, 0, 2) } },
  { 'ArrieroReview', 'review', {} },
  { '1,2ArrieroReview', 'review', { range = range(0, 0, 2, 0) } },
  { 'ArrieroAgent do it', 'agent', { prompt = 'do it' } },
}

for _, row in ipairs(rows) do
  t.case('argument of :' .. row[1], function()
    setup()
    local _, path = t.open({ 'zero', 'plain', 'three' })
    vim.api.nvim_win_set_cursor(0, { 1, 2 })
    vim.cmd(row[1])
    local argument = t.argument('arriero.' .. row[2])
    t.equal(argument.textDocument, { uri = vim.uri_from_fname(path) })
    argument.textDocument = nil
    t.equal(argument, row[3])
  end)
end

-- Keys that select in the lines below, and the range that is sent: UTF-16, the end after the last
-- character.
local selections = {
  { 'gg0lvj$h<Esc>', range(0, 1, 1, 4) },
  { 'gg0v$<Esc>', range(0, 0, 0, 5) },
  { 'gg0llv<Esc>', range(0, 2, 0, 4) },
  { 'gg0llV<Esc>', range(0, 0, 1, 0) },
}

for _, row in ipairs(selections) do
  t.case('a selection by ' .. row[1], function()
    setup()
    t.open({ 'aé😀b', 'cédé' })
    t.keys(row[1])
    vim.cmd("'<,'>ArrieroExplain")
    t.equal(t.argument('arriero.explain').range, row[2])
  end)
end

t.case('a prompt that is left out is asked for', function()
  setup()
  t.open({ 'one' })
  local asked
  local input = vim.ui.input
  vim.ui.input = function(options, on_confirm)
    asked = options.prompt
    on_confirm('  because  ')
  end
  vim.cmd('ArrieroAsk')
  t.equal(t.argument('arriero.ask').prompt, 'because')
  vim.ui.input = input
  t.equal(asked, 'Ask: ')
end)

t.case('without a file some commands work and the others say why not', function()
  setup()
  vim.cmd('enew')
  vim.cmd('ArrieroFix')
  t.noted('open a file first')
  vim.cmd('ArrieroCommitMessage')
  t.sent('workspace/executeCommand', 'arriero.commitMessage')
  assert(table.concat(vim.fn.readfile(t.log)):match('"arguments": %[{}%]'))
end)

t.case('problems go along with a fix, and to the server when they change', function()
  setup()
  local bufnr = t.open({ 'zero', 'éone', 'two' })
  t.sent('textDocument/didOpen')
  t.equal(t.sent('arriero/diagnostics').files, {}) -- they will be told
  local space = vim.api.nvim_create_namespace('test')
  vim.diagnostic.set(space, bufnr, {
    { lnum = 1, col = 2, end_lnum = 1, end_col = 5, message = 'bad', severity = 1, source = 'lint' },
    { lnum = 2, col = 0, message = 'worse', severity = 2 },
  })
  local told = t.wait('problems that are told', function()
    local file = t.sent('arriero/diagnostics').files[1]
    return file and file.diagnostics
  end)
  t.equal(told[1], {
    range = range(1, 1, 1, 4),
    message = 'bad',
    severity = 1,
    source = 'lint',
  })
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.cmd('ArrieroFix')
  t.equal(#t.argument('arriero.fix').diagnostics, 1)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.cmd('ArrieroFix')
  t.wait('all problems of the file', function()
    return #(t.argument('arriero.fix').diagnostics or {}) == 2
  end)
end)

t.case('an answer opens in a Markdown split that q closes', function()
  setup()
  t.open({ 'one' })
  vim.cmd('ArrieroAsk why?')
  t.wait('split', function()
    return vim.bo.filetype == 'markdown'
  end)
  t.equal(t.lines(), { '# Answer', '', 'To: *why?*', '' })
  t.equal(vim.bo.modifiable, false)
  t.equal(#vim.api.nvim_list_wins(), 2)
  t.keys('q')
  t.equal(#vim.api.nvim_list_wins(), 1)
end)

t.case('a run reports its step and can be cancelled', function()
  setup()
  t.open({ 'one' })
  vim.cmd('ArrieroAgent slow')
  t.wait('progress', function()
    return arriero.statusline() == 'small: step 1: reads'
  end)
  vim.cmd('ArrieroCancel')
  t.sent('$/cancelRequest')
  t.noted('cancelled')
  t.equal(arriero.statusline(), 'small')
end)

t.case('code actions have progress and show their result too', function()
  setup()
  t.open({ 'one' })
  t.sent('textDocument/didOpen')
  vim.ui.select = function(items, _, on_choice)
    for index, item in ipairs(items) do
      local action = item.action or item[2] or item
      if action.title == 'Explain' then
        return on_choice(item, index)
      end
    end
  end
  vim.lsp.buf.code_action()
  t.wait('split', function()
    return vim.bo.filetype == 'markdown'
  end)
  assert(t.sent('workspace/executeCommand', 'arriero.explain').workDoneToken)
end)

t.case('a commit message goes to the top of a commit buffer', function()
  setup()
  local bufnr = t.open({ '', '# Please enter the message' }, 'COMMIT_EDITMSG')
  vim.bo.filetype = 'gitcommit'
  vim.cmd('ArrieroCommitMessage')
  t.wait('message', function()
    return t.lines(bufnr)[1] == 'Add a thing'
  end)
  t.equal(t.lines(bufnr), { 'Add a thing', '', '# Please enter the message' })
end)

t.case('the model is selected by name or from a list', function()
  setup()
  t.open({ 'one' })
  vim.cmd('ArrieroModel big')
  t.equal(t.argument('arriero.selectModel'), { model = 'big' })
  t.wait('statusline', function()
    return arriero.statusline() == 'big'
  end)
  local shown
  vim.ui.select = function(items, options, on_choice)
    shown = vim.tbl_map(options.format_item, items)
    on_choice(items[1], 1)
  end
  vim.cmd('ArrieroModel')
  t.wait('statusline', function()
    return arriero.statusline() == 'small'
  end)
  t.equal(shown, { 'small · ollama', 'big · ollama (selected)' })
end)

t.case('the status is told', function()
  setup()
  t.open({ 'one' })
  vim.cmd('ArrieroStatus')
  t.noted('Model small from ollama %(ready%)')
  t.noted('Window: small · 6.1k of 16k tokens')
  t.noted('Left out: 3 earlier messages')
  t.noted("Window size: 16,384 tokens, as Arriero's settings say")
  t.noted('25 %% of small runs on the CPU')
end)

t.case('a missing program is told once, with what to do', function()
  setup({ cmd = { '/nowhere/arriero', 'lsp' } })
  t.open({ 'one' })
  vim.cmd('ArrieroFix')
  local told = vim.tbl_filter(function(note)
    return note:match('/nowhere/arriero.*pip install')
  end, t.notes)
  t.equal(#told, 1)
end)

t.case('a server that dies is told, its runs end, and it can be restarted', function()
  setup()
  t.open({ 'one' })
  vim.cmd('ArrieroAgent die')
  t.noted('the server ended %(code 3')
  t.equal(arriero.statusline(), '')
  vim.cmd('ArrieroRestart')
  t.wait('statusline', function()
    return arriero.statusline() == 'small'
  end)
end)

t.case('the log opens', function()
  setup()
  vim.cmd('ArrieroLog')
  assert(vim.api.nvim_buf_get_name(0):match('lsp%.log$'))
end)

t.case('settings are checked', function()
  for text, options in pairs({
    ['unknown setting "modle"'] = { modle = 'x' },
    ['setting "cmd" must be a table'] = { cmd = 'arriero lsp' },
    ['setting "trusted" must be a table'] = { trusted = 'yes' },
    ['unknown setting "keys.acept"'] = { keys = { acept = 'a' } },
  }) do
    local ok, problem = pcall(arriero.setup, options)
    assert(not ok and problem:match(vim.pesc(text)), problem)
  end
  arriero.setup({ cmd = t.cmd(), keys = { help = false } })
end)

t.run()
