-- Loaded by Neovim at its start: the commands, and the server for the files that it reads.
-- `vim.g.kai_autostart = false` before that leaves the server to `:lua require('kai').enable()`.
if vim.g.loaded_kai == 1 then
  return
end
vim.g.loaded_kai = 1

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('kai needs Neovim 0.10 or newer', vim.log.levels.WARN)
  return
end

local function command(name, about, call, options)
  vim.api.nvim_create_user_command(
    name,
    call,
    vim.tbl_extend('force', { desc = 'kai: ' .. about }, options or {})
  )
end

command('KaiGenerate', 'put the command under the `# ai:` comment; with !: under all of the file', function(given)
  require('kai.actions').generate(given.bang)
end, { bang = true })
command('KaiExplain', 'say what the kubectl command under the cursor does', function()
  require('kai.actions').explain()
end)
command('KaiCheck', 'list what is wrong with the kubectl commands of this file', function()
  require('kai.actions').check()
end)
command('KaiCancel', 'stop the model', function()
  require('kai.progress').cancel()
end)
command('KaiRestart', 'stop the server and start it anew', function()
  require('kai').restart()
end)

if vim.g.kai_autostart ~= false then
  require('kai').enable()
end
