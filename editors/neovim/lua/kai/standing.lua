-- How kai stands, as its server tells it: the context that commands would meet, and the model.
local M = {}

---@class kai.Model
---@field name string
---@field state string "none", "off", "cold", "loading" or "warm"; later servers may know more
---@field detail string

---@class kai.Standing
---@field context string|nil
---@field namespace string|nil
---@field protected boolean whether one wants to be careful in that context
---@field model kai.Model
---@field problem string|nil why the settings or the context cannot be read

---@type table<integer, kai.Standing>
local told = {}

local function text(value)
  return type(value) == 'string' and value ~= '' and value or nil
end

---@return kai.Standing|nil
local function read(value)
  if type(value) ~= 'table' then
    return nil
  end
  local model = type(value.model) == 'table' and value.model or {}
  return {
    context = text(value.context),
    namespace = text(value.namespace),
    protected = value.protected == true,
    model = {
      name = text(model.name) or '',
      state = text(model.state) or 'none',
      detail = text(model.detail) or '',
    },
    problem = text(value.problem),
  }
end

local function learn(client_id, value)
  told[client_id] = read(value)
  vim.api.nvim_exec_autocmds('User', { pattern = 'KaiStatus', modeline = false })
end

--- Ask a server; from then on it tells by itself what changes. Older ones say nothing.
---@param client vim.lsp.Client
function M.ask(client)
  require('kai').call(client, 'request', 'kai/status', vim.empty_dict(), function(failure, result)
    if not failure then
      learn(client.id, result)
    end
  end)
end

--- What a server tells; a handler of `kai/statusChanged`.
function M.changed(_, value, context)
  learn(context.client_id, value)
end

--- A server that is gone knows nothing any more.
---@param client_id integer
function M.forget(client_id)
  vim.schedule(function()
    told[client_id] = nil
    vim.api.nvim_exec_autocmds('User', { pattern = 'KaiStatus', modeline = false })
  end)
end

--- How kai stands for the current buffer, else for any; nil while no server has said it.
---@param client_id integer|nil this server's
---@return kai.Standing|nil
function M.now(client_id)
  if client_id then
    return told[client_id]
  end
  local client = require('kai').clients(0)[1]
  local _, any = next(told)
  return client and told[client.id] or any
end

--- That in one short line; empty where nothing is known.
---@return string
function M.line()
  local standing = M.now()
  if not standing then
    return ''
  end
  local parts = { 'kai' }
  if standing.problem then
    table.insert(parts, '(!)')
  end
  if standing.context then
    local place = standing.context .. (standing.namespace and '/' .. standing.namespace or '')
    table.insert(parts, place .. (standing.protected and ' (protected)' or ''))
  end
  local state = standing.model.state
  if state ~= 'none' and state ~= 'off' then
    table.insert(parts, state)
  end
  return table.concat(parts, ' ')
end

return M
