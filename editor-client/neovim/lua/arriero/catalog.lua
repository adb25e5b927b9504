--- The commands that start a run.

---@class arriero.Command
---@field name string of the server's command, without "arriero."
---@field server string the server's command
---@field user string the user command, without "Arriero"
---@field title string shown while it runs
---@field target "cursor"|"selection"|"document" without a range: the cursor, or the whole document
---@field result "answer"|"edit"|"commit"
---@field prompt string|nil the question, for a command that needs words
---@field problems boolean|nil sends the diagnostics
---@field anywhere boolean|nil makes sense without a file

---@type arriero.Command[]
local catalog = {
  {
    name = 'ask',
    user = 'Ask',
    title = 'Answering',
    target = 'selection',
    result = 'answer',
    prompt = 'Ask: ',
    anywhere = true,
  },
  {
    name = 'edit',
    user = 'Edit',
    title = 'Editing',
    target = 'selection',
    result = 'edit',
    prompt = 'Edit: ',
  },
  {
    name = 'agent',
    user = 'Agent',
    title = 'Working',
    target = 'selection',
    result = 'edit',
    prompt = 'Task: ',
    anywhere = true,
  },
  { name = 'fix', user = 'Fix', title = 'Fixing', target = 'cursor', result = 'edit', problems = true },
  {
    name = 'explain',
    user = 'Explain',
    title = 'Explaining',
    target = 'cursor',
    result = 'answer',
    problems = true,
  },
  {
    name = 'document',
    user = 'Document',
    title = 'Adding documentation',
    target = 'cursor',
    result = 'edit',
  },
  { name = 'test', user = 'Test', title = 'Writing tests', target = 'cursor', result = 'edit' },
  {
    name = 'review',
    user = 'Review',
    title = 'Reviewing',
    target = 'selection',
    result = 'answer',
    problems = true,
  },
  {
    name = 'followComment',
    user = 'Follow',
    title = 'Following the comment',
    target = 'cursor',
    result = 'edit',
  },
  {
    name = 'commitMessage',
    user = 'CommitMessage',
    title = 'Writing a commit message',
    target = 'document',
    result = 'commit',
    anywhere = true,
  },
}

for _, spec in ipairs(catalog) do
  spec.server = 'arriero.' .. spec.name
end

return catalog
