-- `:checkhealth kai`
local M = {}

local function run(words)
  local started, process = pcall(vim.system, words, { text = true })
  if not started then
    return nil
  end
  local done = process:wait(15000)
  return done.code ~= 124 and done or nil
end

local function neovim()
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 1 then
    vim.health.ok(('Neovim %s; the server is started by vim.lsp.enable()'):format(version))
  elseif vim.fn.has('nvim-0.10') == 1 then
    vim.health.ok(('Neovim %s; the server is started by vim.lsp.start()'):format(version))
  else
    vim.health.error(('Neovim %s is too old'):format(version), 'Install Neovim 0.10 or newer.')
  end
end

--- The server's command; nil where nothing more can be asked.
local function command()
  local cmd = require('kai.config').options.cmd
  if vim.fn.has('nvim-0.11') == 1 and vim.lsp.config.kai then
    cmd = vim.lsp.config.kai.cmd
  end
  if type(cmd) ~= 'table' then
    vim.health.info('the server is reached by a function of yours')
    return nil
  end
  local path = vim.fn.exepath(cmd[1])
  if path == '' then
    vim.health.error(('%s was not found'):format(cmd[1]), {
      'Install kai: pip install kai-kubectl (or: pipx install kai-kubectl).',
      "Or name the server: require('kai').setup({ cmd = { '/path/to/kai-lsp' } })",
    })
    return nil
  end
  local done = run({ path, '--version' })
  if done and done.code == 0 then
    vim.health.ok(('%s at %s'):format(vim.trim(done.stdout), path))
    return path
  end
  vim.health.error(('%s does not run'):format(path), done and vim.trim(done.stderr) or nil)
  return nil
end

--- How kai stands, as one server says it.
local function standing(client_id)
  local now = require('kai.standing').now(client_id)
  if not now then
    vim.health.info('the server has not said which context commands would meet')
    return
  end
  if now.problem then
    vim.health.warn(now.problem)
  end
  if now.context then
    local said = ('context %s, namespace %s'):format(now.context, now.namespace or 'unknown')
    vim.health.info(now.protected and said .. '; the context is protected' or said)
  else
    vim.health.info('there is no current context')
  end
  local model = now.model
  if model.state == 'none' then
    vim.health.info('no model: kai answers from what it knows by itself')
  else
    local detail = model.detail ~= '' and (' (%s)'):format(model.detail) or ''
    vim.health.info(('model %s: %s%s'):format(model.name, model.state, detail))
  end
end

local function clients()
  local running = require('kai').clients()
  if #running == 0 then
    vim.health.info('no server runs; one is started with the first file that kai reads')
  end
  for _, client in ipairs(running) do
    local buffers = vim.tbl_count(client.attached_buffers)
    vim.health.ok(
      ('a server runs for %s: %d buffer%s, positions in %s'):format(
        client.root_dir or 'files without a project',
        buffers,
        buffers == 1 and '' or 's',
        client.offset_encoding
      )
    )
    standing(client.id)
  end
end

--- What `kai doctor` finds: settings, kubectl, kubeconfig, model.
local function doctor(server)
  vim.health.start('kai: what `kai doctor` finds')
  local beside = vim.fs.joinpath(vim.fs.dirname(server), 'kai')
  local kai = vim.fn.executable(beside) == 1 and beside or vim.fn.exepath('kai')
  local done = kai ~= '' and run({ kai, 'doctor', '--json' }) or nil
  if not done then
    vim.health.warn('`kai` was not found beside the server, nor on PATH')
    return
  end
  for line in vim.gsplit(done.stdout, '\n', { trimempty = true }) do
    local read, found = pcall(vim.json.decode, line)
    if read and type(found) == 'table' and found.name then
      local text = ('%s: %s'):format(found.name, found.detail)
      if found.state == 'ok' then
        vim.health.ok(text)
      elseif found.state == 'warn' then
        vim.health.warn(text)
      else
        vim.health.error(text)
      end
    end
  end
end

function M.check()
  vim.health.start('kai')
  neovim()
  local server = command()
  clients()
  if server then
    doctor(server)
  end
end

return M
