--- What differs between Neovim 0.7 and now; nothing else asks for a version.

local M = {}

local has11 = vim.fn.has('nvim-0.11') == 1

--- Start a language client without attaching it to a buffer.
---@return integer|nil id
function M.start(config)
  if has11 then
    return vim.lsp.start(config, {
      attach = false,
      reuse_client = function()
        return false
      end,
    })
  end
  return vim.lsp.start_client(config)
end

--- Send a request; `handler(err, result)`. Answers whether it was sent, and its id.
---@return boolean, integer|nil
function M.request(client, method, params, handler, bufnr)
  if has11 then
    return client:request(method, params, handler, bufnr)
  end
  return client.request(method, params, handler, bufnr)
end

function M.notify(client, method, params)
  if has11 then
    return client:notify(method, params)
  end
  return client.notify(method, params)
end

function M.cancel(client, id)
  if has11 then
    return client:cancel_request(id)
  end
  return client.cancel_request(id)
end

function M.stop(client)
  if has11 then
    return client:stop()
  end
  return client.stop()
end

function M.is_stopped(client)
  if has11 then
    return client:is_stopped()
  end
  return client.is_stopped()
end

--- Column of a byte in a line, in the client's position encoding.
---@param line string
---@param byte integer 0-based, at most the length of the line
function M.character(line, byte, encoding)
  byte = math.min(byte, #line)
  if encoding == 'utf-8' then
    return byte
  end
  if has11 then
    return vim.str_utfindex(line, encoding, byte)
  end
  local points, units = vim.str_utfindex(line, byte)
  return encoding == 'utf-32' and points or units
end

--- A JSON value with null as nil.
function M.value(value)
  if value == vim.NIL then
    return nil
  end
  return value
end

--- The file that the server's words on stderr go to.
function M.log_file()
  local log = require('vim.lsp.log')
  return log.get_filename and log.get_filename() or vim.lsp.get_log_path()
end

--- The file type that goes with a name, for highlighting; empty where it is not known.
function M.filetype(name)
  if vim.fn.has('nvim-0.8') == 1 then
    return vim.filetype.match({ filename = name }) or ''
  end
  local loaded = vim.fn.bufnr(name)
  return loaded > 0 and vim.bo[loaded].filetype or ''
end

--- Close the folds of a window that 'foldexpr' made while text came in; 0.7 leaves some open.
function M.refold(window)
  if window ~= -1 and vim.fn.has('nvim-0.8') == 0 then
    vim.api.nvim_win_call(window, function()
      vim.cmd('silent! normal! zX')
    end)
  end
end

return M
