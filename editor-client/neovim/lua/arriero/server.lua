--- Finds, starts and stops the server: one language client for each workspace root.

local compat = require('arriero.compat')
local config = require('arriero.config')
local index = require('arriero.index')
local message = require('arriero.message')
local state = require('arriero.state')

local M = {
  --- Called with the client and the `arriero/proposalChanged` params; the review sets it.
  on_proposal_changed = function() end,
  --- Functions for commands of code actions, by the server's name; the commands set it.
  commands = {},
}

--- root → { id, ready, waiting = { function(client) … } }
local servers = {}
local told_missing = false

--- Whether a buffer shows a file that the server can know.
function M.is_file(bufnr)
  return vim.api.nvim_buf_is_loaded(bufnr)
    and vim.bo[bufnr].buftype == ''
    and vim.api.nvim_buf_get_name(bufnr) ~= ''
    and not vim.api.nvim_buf_get_name(bufnr):match('^%a+://')
end

--- The workspace root of a buffer: the nearest folder upwards with a marker, else the working
--- directory. A buffer without a file belongs to the server that runs, if it is the only one.
function M.root(bufnr)
  local only = next(servers)
  if not M.is_file(bufnr) and only and next(servers, only) == nil then
    return only
  end
  local name = vim.api.nvim_buf_get_name(bufnr)
  local folder = M.is_file(bufnr) and vim.fn.fnamemodify(name, ':p:h') or vim.fn.getcwd()
  while true do
    for _, marker in ipairs(config.current.root_markers) do
      if vim.loop.fs_stat(folder .. '/' .. marker) then
        return folder
      end
    end
    local parent = vim.fn.fnamemodify(folder, ':h')
    if parent == folder then
      return vim.fn.getcwd()
    end
    folder = parent
  end
end

local function handlers()
  return {
    ['workspace/applyEdit'] = require('arriero.edits').apply,
    ['arriero/statusChanged'] = function(_, status, context)
      state.take(status, context.client_id)
      index.look(vim.lsp.get_client_by_id(context.client_id))
    end,
    ['arriero/proposalChanged'] = function(_, change, context)
      state.waits(change.runId, change.openHunks, context.client_id)
      M.on_proposal_changed(vim.lsp.get_client_by_id(context.client_id), change)
    end,
    ['session/update'] = function(...)
      require('arriero.chat').update(...)
    end,
    ['session/request_permission'] = function(...)
      return require('arriero.chat').permission(...)
    end,
    ['$/progress'] = function(err, params, context, ...)
      state.progress(params.token, params.value)
      local stock = vim.lsp.handlers['$/progress']
      return stock and stock(err, params, context, ...)
    end,
  }
end

local function capabilities()
  local told = vim.lsp.protocol.make_client_capabilities()
  -- Neovim 0.7 can do this and does not say so.
  told.workspace.workspaceEdit = vim.tbl_extend('force', told.workspace.workspaceEdit or {}, {
    documentChanges = true,
    resourceOperations = { 'create', 'rename', 'delete' },
  })
  if config.current.suggestions and require('arriero.ghost').possible() then
    told.textDocument.inlineCompletion = { dynamicRegistration = false }
  end
  return told
end

local function is_trusted(root)
  local trusted = config.current.trusted
  if type(trusted) == 'boolean' then
    return trusted
  end
  for _, folder in ipairs(trusted) do
    if vim.fn.resolve(vim.fn.expand(folder)) == vim.fn.resolve(root) then
      return true
    end
  end
  return false
end

local function client_config(root)
  local settings = config.current.settings
  settings = vim.tbl_isempty(settings) and vim.empty_dict() or settings
  local name = vim.fn.fnamemodify(root, ':t')
  return {
    name = 'arriero',
    cmd = config.current.cmd,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = name } },
    capabilities = capabilities(),
    init_options = {
      review = 'client',
      answers = 'client',
      trusted = is_trusted(root),
      settings = settings,
    },
    settings = { arriero = settings },
    -- Edits of the server name document versions: it must know each change at once.
    flags = { debounce_text_changes = 0 },
    handlers = handlers(),
    commands = M.commands,
    on_init = function(client)
      vim.schedule(function()
        M.initialized(root, client)
      end)
    end,
    on_exit = function(code, signal)
      vim.schedule(function()
        M.exited(root, code, signal)
      end)
    end,
  }
end

--- The server answered `initialize`.
function M.initialized(root, client)
  local server = servers[root]
  if not server or server.id ~= client.id then
    return
  end
  server.ready = true
  compat.request(client, 'arriero/status', vim.empty_dict(), function(_, status)
    if status then
      state.take(status, client.id)
    end
  end)
  index.look(client)
  require('arriero.problems').announce(client)
  for _, call in ipairs(server.waiting) do
    call(client)
  end
  server.waiting = {}
end

--- The server's process has ended.
function M.exited(root, code, signal)
  local server = servers[root]
  if not server then
    return -- we stopped it
  end
  servers[root] = nil
  for token, run in pairs(state.runs) do
    if run.client == server.id then
      state.finish(token)
    end
  end
  index.forget(server.id)
  state.status = nil
  state.waiting = {}
  state.changed()
  if code == 0 and signal == 0 then
    return -- it was asked to, as when Neovim leaves
  end
  local text = 'the server ended (code %d, signal %d). See :ArrieroLog, then :ArrieroRestart.'
  message.error(text:format(code, signal))
end

local function start(root)
  local program = config.current.cmd[1]
  if vim.fn.executable(program) == 0 then
    if not told_missing then
      told_missing = true
      local text = '"%s" was not found. Install it with "pip install arriero", or give its path '
        .. 'as `cmd` to require("arriero").setup().'
      message.error(text:format(program))
    end
    return nil
  end
  local id = compat.start(client_config(root))
  if id then
    servers[root] = { id = id, ready = false, waiting = {} }
  end
  return servers[root]
end

--- Call `use(client)` with the running server of a buffer's workspace, started if need be, with the
--- buffer attached if it shows a file. Not called when the server cannot be started.
function M.with(bufnr, use)
  local root = M.root(bufnr)
  local server = servers[root] or start(root)
  if not server then
    return
  end
  if M.is_file(bufnr) and not vim.lsp.buf_is_attached(bufnr, server.id) then
    vim.lsp.buf_attach_client(bufnr, server.id)
  end
  if server.ready then
    use(vim.lsp.get_client_by_id(server.id))
  else
    table.insert(server.waiting, use)
  end
end

--- Every running client.
function M.clients()
  local clients = {}
  for _, server in pairs(servers) do
    if server.ready then
      clients[#clients + 1] = vim.lsp.get_client_by_id(server.id)
    end
  end
  return clients
end

--- Stop all servers; those of open buffers start again with `attach`.
function M.stop()
  for root, server in pairs(servers) do
    servers[root] = nil
    local client = vim.lsp.get_client_by_id(server.id)
    if client then
      compat.stop(client)
    end
  end
  told_missing = false
  index.forget()
  state.runs, state.waiting, state.status = {}, {}, nil
  state.changed()
end

--- Attach the server to a buffer that shows a file.
function M.attach(bufnr)
  if M.is_file(bufnr) then
    M.with(bufnr, function() end)
  end
end

return M
