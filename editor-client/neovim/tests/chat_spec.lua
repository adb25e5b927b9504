--- The conversation: streamed answers, folded tools, a queue, stopping, permissions.

local t = require('harness')
local chat = require('arriero.chat')

local function start(args)
  require('arriero').setup({ cmd = t.cmd() })
  local bufnr = t.open({ 'one', 'two' })
  t.sent('textDocument/didOpen')
  vim.cmd((args and 'ArrieroChat ' .. args) or 'ArrieroChat')
  t.wait('chat', function()
    return vim.bo.buftype == 'prompt'
  end)
  vim.cmd('stopinsert')
  return bufnr
end

--- The lines above the one that is typed in.
local function said()
  local lines = t.lines()
  lines[#lines] = nil
  return lines
end

local function wait_said(line)
  t.wait(line, function()
    return vim.tbl_contains(said(), line)
  end)
end

t.case('an answer streams in below the question', function()
  start('why')
  wait_said('why')
  t.equal(said(), {
    '> why',
    '',
    '┊ Hm.',
    '┊ Well.',
    '',
    '✓ Read a.txt',
    '┊ one',
    '┊ two',
    '',
    'You said:',
    'why',
  })
  t.equal(vim.bo.modified, false)
  t.wait('folds', function()
    local closed = { vim.fn.foldclosed(3), vim.fn.foldclosed(6), vim.fn.foldclosed(7) }
    return vim.deep_equal(closed, { 3, -1, 7 })
  end)
  t.equal(t.sent('session/new').mcpServers, {})
end)

t.case('what is typed on the last line is sent', function()
  start()
  t.wait('session', function()
    return t.count('session/new') == 1
  end)
  t.keys('Ahello<CR><Esc>')
  wait_said('hello')
  t.equal(t.sent('session/prompt').prompt, { { type = 'text', text = 'hello' } })
end)

t.case('stopped; what was queued is not sent', function()
  start('slow')
  wait_said('You ')
  chat.send('next')
  t.keys('<C-c>')
  wait_said('┊ stopped')
  t.equal(t.count('session/prompt'), 1)
  chat.send('again')
  wait_said('again')
  t.equal(vim.tbl_contains(said(), '✓ Read a.txt'), true)
end)

t.case('what is said meanwhile is sent afterwards', function()
  start('first')
  chat.send('second')
  wait_said('second')
  t.equal(t.count('session/prompt'), 2)
  t.equal(vim.tbl_contains(said(), '> second'), true)
end)

t.case('a permission is a dialog; closing it is a no', function()
  local asked
  local confirm = vim.fn.confirm
  vim.fn.confirm = function(text, choices)
    asked = { text, choices }
    return 0
  end
  start('allow')
  t.wait('answered', function()
    return table.concat(said()):match('cancelled')
  end)
  vim.fn.confirm = function()
    return 1
  end
  chat.send('allow')
  t.wait('answered', function()
    return table.concat(said()):match('allow_once')
  end)
  vim.fn.confirm = confirm
  t.equal(asked, { 'Arriero: Run make?\ncommand: make', 'Allow once\nReject' })
end)

t.case('a failure is said, and the conversation goes on', function()
  start('fail')
  wait_said('┊ The model is gone.')
  chat.send('again')
  wait_said('again')
end)

t.case('lines of a range go along; a new conversation begins with a bang', function()
  local bufnr = start('why')
  wait_said('why')
  vim.cmd('wincmd p')
  vim.api.nvim_set_current_buf(bufnr)
  vim.cmd('2,2ArrieroChat! what')
  t.wait('asked', function()
    return t.count('session/prompt') == 2
  end)
  local words = t.sent('session/prompt').prompt[1].text
  assert(words:match('a%.txt, lines 2 to 2:\n```\ntwo\n```$'), words)
  t.equal(t.count('session/new'), 2)
end)

t.run()
