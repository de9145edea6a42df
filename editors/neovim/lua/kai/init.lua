-- kai in Neovim: `# ai:` comments become kubectl commands, and kubectl commands are checked.
local config = require('kai.config')
local M = {}

local GROUP = 'kai.start'
local modern = vim.fn.has('nvim-0.11') == 1

--- Set what is wanted otherwise; it need not be called. See |kai-setup|.
---@param options table|nil
function M.setup(options)
  config.set(options)
  if modern and vim.g.loaded_kai == 1 then
    vim.lsp.config('kai', config.server())
  end
  require('kai.progress').watch(config.options.progress)
end

--- The clients of kai, of one buffer where it is named.
---@param bufnr integer|nil
---@return vim.lsp.Client[]
function M.clients(bufnr)
  return vim.lsp.get_clients({ name = 'kai', bufnr = bufnr })
end

--- Start the server for the files that are read, those that are open included.
function M.enable()
  require('kai.progress').watch(config.options.progress)
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup(GROUP, {}),
    callback = function(event)
      M.start(event.buf)
    end,
  })
  if modern then
    vim.lsp.config('kai', config.server())
    vim.lsp.enable('kai')
  elseif vim.v.vim_did_enter == 1 then
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_is_loaded(bufnr) then
        M.start(bufnr)
      end
    end
  end
end

--- Start the server for one buffer, if kai reads such files. From Neovim 0.11 on that is done by
--- `vim.lsp.enable()`, which leaves out a server that is not there without a word.
---@param bufnr integer
function M.start(bufnr)
  local buffer = vim.bo[bufnr]
  local options = modern and vim.lsp.config.kai or config.options
  if buffer.buftype ~= '' or not vim.tbl_contains(options.filetypes, buffer.filetype) then
    return
  end
  if not config.found(options.cmd) or modern then
    return
  end
  local server = config.server()
  server.name = 'kai'
  server.root_dir = vim.fs.root(bufnr, options.root_markers)
  vim.lsp.start(server, { bufnr = bufnr })
end

--- Stop the server and start it anew, with the settings as they are now.
function M.restart()
  local running = M.clients()
  if modern then
    vim.lsp.enable('kai', false)
  end
  for _, client in ipairs(running) do
    M.call(client, 'stop')
  end
  local timer = assert(vim.uv.new_timer())
  local left = 50 -- ten times a second: after five seconds it is ended the hard way
  timer:start(0, 100, vim.schedule_wrap(function()
    if timer:is_closing() then
      return
    end
    local alive = vim.tbl_filter(function(client)
      return not M.call(client, 'is_stopped')
    end, running)
    left = left - 1
    if #alive == 0 then
      timer:close()
      M.enable()
    elseif left == 0 then
      for _, client in ipairs(alive) do
        M.call(client, 'stop', true)
      end
    end
  end))
end

--- Call a client's function: Neovim 0.11 made methods of them.
---@param client vim.lsp.Client
---@param name string
function M.call(client, name, ...)
  if modern then
    return client[name](client, ...)
  end
  return client[name](...)
end

--- For a status line: what the model does while it works, else the context that commands would
--- meet and whether the model is warm; empty while no server runs.
---@return string
function M.status()
  local working = M.progress()
  return working ~= '' and working or require('kai.standing').line()
end

--- What the model does now; empty when it does nothing.
---@return string
function M.progress()
  return require('kai.progress').status()
end

--- How kai stands, for a status line of one's own: context, namespace, protected, model, problem.
---@return kai.Standing|nil
function M.standing()
  return require('kai.standing').now()
end

return M
