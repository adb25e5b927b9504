--- Settings of the plugin: |arriero-setup| describes each.

local M = {}

---@class arriero.Config
local defaults = {
  --- The server's command line.
  cmd = { 'arriero', 'lsp' },
  --- Attach to buffers by itself; when false, the first command does it.
  autostart = true,
  --- A folder that holds one of these is a workspace's root; else the working directory is.
  root_markers = { '.arriero', '.git' },
  --- Settings of the server: `model`, `provider`, `apply`. They outrank its own configuration file.
  settings = {},
  --- Whether the workspaces' own settings (`.arriero/config.yaml`) are used: `true` for all, or a
  --- list of root folders.
  trusted = {},
  --- Send the diagnostics of all sources, as context for the model.
  send_diagnostics = true,
  --- Open a proposal for review as soon as its run has ended.
  open_review = true,
  --- Show suggestions at the cursor while you type (Neovim 0.10 and newer).
  suggestions = true,
  --- Keys in the review, and the one that takes a suggestion; `false` leaves one out.
  keys = {
    accept = 'a',
    reject = 'r',
    accept_file = 'A',
    reject_file = 'R',
    accept_all = 'gA',
    reject_all = 'gR',
    next_file = ']f',
    previous_file = '[f',
    close = 'q',
    help = 'g?',
    accept_suggestion = '<Tab>',
  },
}

---@type arriero.Config
M.current = vim.deepcopy(defaults)

--- Take the user's settings. Raises with the name of a setting that is unknown or of a wrong type.
---@param options table|nil
function M.set(options)
  options = options or {}
  local function check(given, known, prefix)
    for name, value in pairs(given) do
      if known[name] == nil then
        error(('arriero: unknown setting "%s%s"'):format(prefix, name), 0)
      end
      local on_off = type(value) == 'boolean' and (prefix == 'keys.' or name == 'trusted')
      if type(value) ~= type(known[name]) and not on_off then
        local text = 'arriero: setting "%s%s" must be a %s'
        error(text:format(prefix, name, type(known[name])), 0)
      end
    end
  end
  check(options, defaults, '')
  check(options.keys or {}, defaults.keys, 'keys.')
  -- Lists are taken as they are: merging would leave the default's tail behind.
  M.current = vim.tbl_extend('force', vim.deepcopy(defaults), options)
  M.current.keys = vim.tbl_extend('force', defaults.keys, options.keys or {})
end

return M
