--- `workspace/applyEdit`, all or nothing.
---
--- Neovim's own handler looks at the version of the first document only, prints a line when it is
--- old, and still answers `applied = true`; and it fails on files to be created in new folders and
--- on versions that are null. Here every version is looked at before anything is changed.

local value = require('arriero.compat').value

local M = {}

--- Why an edit does not fit the buffers, or nil if it does.
local function misfit(changes)
  for _, change in ipairs(changes) do
    local document = change.textDocument
    if document then
      local bufnr = vim.uri_to_bufnr(document.uri)
      local known = (vim.lsp.util.buf_versions or {})[bufnr]
      local named = value(document.version)
      if named and known and known ~= named and vim.api.nvim_buf_is_loaded(bufnr) then
        return ('%s has changed since'):format(vim.uri_to_fname(document.uri))
      end
      if vim.api.nvim_buf_is_loaded(bufnr) and not vim.bo[bufnr].modifiable then
        return ('%s is not modifiable'):format(vim.uri_to_fname(document.uri))
      end
      document.version = 0 -- looked at; some versions of Neovim fail on null, others on nil
    end
  end
end

local function make_folders(changes)
  for _, change in ipairs(changes) do
    local uri = change.kind == 'create' and change.uri or change.kind == 'rename' and change.newUri
    if uri then
      vim.fn.mkdir(vim.fn.fnamemodify(vim.uri_to_fname(uri), ':h'), 'p')
    end
  end
end

--- Handler for requests of the server.
function M.apply(_, params, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local changes = params.edit.documentChanges or {}
  local reason = misfit(changes)
  if reason then
    return { applied = false, failureReason = reason }
  end
  local ok, problem = pcall(function()
    make_folders(changes)
    vim.lsp.util.apply_workspace_edit(params.edit, client.offset_encoding)
  end)
  if ok then
    return { applied = true }
  end
  return { applied = false, failureReason = tostring(problem) }
end

return M
