-- What the user has set, and the server that follows from it.
local M = {}

---@class kai.Options
---@field cmd string[] the server and its arguments
---@field filetypes string[] the files it is started for
---@field root_markers string[] what the folder of a project has; without one there is no root
---@field settings table the server's own settings, those under `kai` in other editors
---@field progress boolean whether the command line shows that a model works

---@type kai.Options
M.defaults = {
  cmd = { 'kai-lsp' },
  filetypes = {
    -- kubectl commands stand in these as such
    'sh', 'bash', 'zsh', 'ksh', 'make', 'dockerfile', 'markdown', 'just',
    'yaml', 'yaml.ansible', 'yaml.docker-compose', 'yaml.github', 'yaml.gitlab',
    'yaml.helm-values', 'helm',
    -- in these a command goes in as a comment
    'conf', 'dosini', 'go', 'groovy', 'hcl', 'python', 'terraform', 'toml',
  },
  root_markers = { '.kai', '.git' },
  settings = vim.empty_dict(),
  progress = true,
}

---@type kai.Options
M.options = vim.deepcopy(M.defaults)

--- Take what the user wants otherwise. Raises an error for what is no option.
---@param given table|nil
function M.set(given)
  given = given or {}
  for name, value in pairs(given) do
    if M.defaults[name] == nil then
      local known = vim.tbl_keys(M.defaults)
      table.sort(known)
      error(('kai: there is no option %s; there are %s'):format(name, table.concat(known, ', ')), 0)
    end
    if type(value) ~= type(M.defaults[name]) then
      error(('kai: %s is a %s, not a %s'):format(name, type(M.defaults[name]), type(value)), 0)
    end
  end
  -- Lists are taken whole: whoever names file types means those.
  M.options = vim.tbl_extend('force', vim.deepcopy(M.defaults), given)
  if next(M.options.settings) == nil then
    M.options.settings = vim.empty_dict() -- a bare {} would be sent as a list
  end
end

local told = false

--- Whether the server can be started; the user is told once where it cannot.
---@param cmd string[]
---@return boolean
function M.found(cmd)
  if type(cmd) ~= 'table' or vim.fn.executable(cmd[1]) == 1 then
    return true
  end
  if not told then
    told = true
    local text = 'kai: %s was not found; `pip install kai-kubectl` installs it, :checkhealth kai says more'
    vim.schedule(function() -- else what :edit says covers it
      vim.notify(text:format(cmd[1]), vim.log.levels.WARN)
    end)
  end
  return false
end

--- Neovim looks at the versions of edits, but does not say so before 0.12: without them an answer
--- would go where its comment was before the last letter typed.
local function capabilities()
  local versions = { workspace = { workspaceEdit = { documentChanges = true } } }
  if vim.fn.has('nvim-0.11') == 1 then
    return versions -- Neovim adds the rest
  end
  return vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), versions)
end

--- The server, as `vim.lsp.config` and `vim.lsp.start` take it.
---@return table
function M.server()
  return {
    cmd = M.options.cmd,
    filetypes = M.options.filetypes,
    capabilities = capabilities(),
    settings = { kai = M.options.settings },
    init_options = { kai = M.options.settings },
    commands = {
      -- The server's own answer would be a message of many lines, which has to be dismissed.
      ['kai.explain'] = function(command, context)
        require('kai.actions').explain_at(context.bufnr, command.arguments[1].start)
      end,
      ['kai.taken'] = function(command, context)
        require('kai.actions').taken(command, context)
      end,
    },
    handlers = {
      ['workspace/applyEdit'] = function(_, params, context)
        return require('kai.actions').edited(params, context)
      end,
      ['kai/statusChanged'] = function(...)
        require('kai.standing').changed(...)
      end,
    },
    on_init = function(client)
      require('kai.progress').watch(M.options.progress)
      require('kai.standing').ask(client)
    end,
    on_exit = function(_, _, client_id)
      require('kai.progress').forget(client_id)
      require('kai.standing').forget(client_id)
    end,
    root_markers = M.options.root_markers,
  }
end

return M
