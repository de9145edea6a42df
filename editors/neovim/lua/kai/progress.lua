-- The work of a model that goes on behind the editor: shown on the command line, and stopped.
local M = {}

---@class kai.Work
---@field client integer
---@field token integer|string
---@field title string
---@field message string|nil
---@field started integer

---@type table<string, kai.Work>
local works = {}
local timer = nil
local shown = false
local echoed = false

local function key(client_id, token)
  return ('%d %s'):format(client_id, token)
end

--- What goes on, in one line; empty when nothing does.
---@return string
function M.status()
  local first, more = nil, 0
  for _, work in pairs(works) do
    if not first or work.started < first.started then
      first = work
    end
    more = more + 1
  end
  if not first then
    return ''
  end
  local seconds = math.floor((vim.uv.now() - first.started) / 1000)
  local said = first.message and (': ' .. first.message) or ''
  local others = more > 1 and (' (and %d more)'):format(more - 1) or ''
  return ('%s%s, %d s%s'):format(first.title, said, seconds, others)
end

local function echo()
  local mode = vim.api.nvim_get_mode()
  if mode.blocking or mode.mode:sub(1, 1) == 'c' then
    return -- the user writes there
  end
  local text = M.status()
  if text == '' then
    if echoed then
      vim.api.nvim_echo({ { '' } }, false, {})
    end
    echoed = false
    return
  end
  local hint = '  [:KaiCancel]'
  local room = math.max(vim.v.echospace - #hint, 10)
  text = text:gsub('%s+', ' ')
  if vim.fn.strdisplaywidth(text) > room then
    text = vim.fn.strcharpart(text, 0, room - 3) .. '...'
  end
  vim.api.nvim_echo({ { text }, { hint, 'Comment' } }, false, {})
  echoed = true
end

local function refresh()
  if next(works) and not timer then
    timer = assert(vim.uv.new_timer())
    timer:start(1000, 1000, vim.schedule_wrap(function()
      if shown and timer then
        echo()
      end
    end))
  elseif not next(works) and timer then
    timer:close()
    timer = nil
  end
  if shown then
    echo()
  end
  vim.api.nvim_exec_autocmds('User', { pattern = 'KaiProgress', modeline = false })
end

---@param client_id integer
---@param params lsp.ProgressParams
local function took(client_id, params)
  local value, at = params.value, key(client_id, params.token)
  if type(value) ~= 'table' then
    return
  elseif value.kind == 'begin' then
    works[at] = {
      client = client_id,
      token = params.token,
      title = value.title,
      message = value.message,
      started = vim.uv.now(),
    }
  elseif value.kind == 'report' and works[at] then
    works[at].message = value.message
  elseif value.kind == 'end' then
    works[at] = nil
  end
  refresh()
end

--- Follow the server's work; `show` it on the command line, or leave that to another plugin.
---@param show boolean
function M.watch(show)
  shown = show
  vim.api.nvim_create_autocmd('LspProgress', {
    group = vim.api.nvim_create_augroup('kai.progress', {}),
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == 'kai' then
        took(event.data.client_id, event.data.params)
      end
    end,
  })
end

--- A server that is gone ends nothing itself.
---@param client_id integer
function M.forget(client_id)
  vim.schedule(function()
    for at, work in pairs(works) do
      if work.client == client_id then
        works[at] = nil
      end
    end
    refresh()
  end)
end

--- Stop what goes on.
function M.cancel()
  if not next(works) then
    vim.notify('kai: nothing is going on', vim.log.levels.INFO)
    return
  end
  for _, work in pairs(works) do
    local client = vim.lsp.get_client_by_id(work.client)
    if client then
      require('kai').call(client, 'notify', 'window/workDoneProgress/cancel', { token = work.token })
    end
  end
end

return M
