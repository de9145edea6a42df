-- What the commands do with the server's answers.
local M = {}

local function say(text, level)
  vim.notify('kai: ' .. text, level or vim.log.levels.INFO)
end

--- The client of a buffer; the user is told where there is none.
---@return vim.lsp.Client|nil
local function client_of(bufnr)
  local client = require('kai').clients(bufnr)[1]
  if not client then
    say('no server reads this buffer; :checkhealth kai says more', vim.log.levels.WARN)
  end
  return client
end

--- Ask the server; `answered` gets what it says, an error is shown.
local function ask(client, bufnr, method, params, answered)
  require('kai').call(client, 'request', method, params, function(failure, result)
    if failure then
      say(failure.message or tostring(failure), vim.log.levels.ERROR)
    else
      answered(result)
    end
  end, bufnr)
end

local function execute(client, bufnr, command)
  local params = { command = command.command, arguments = command.arguments }
  ask(client, bufnr, 'workspace/executeCommand', params, function() end)
end

--- Make an edit. Where nothing came of it, why: Neovim itself does not tell.
---@return boolean, string|nil
local function edit(given, encoding)
  local before = {}
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    before[bufnr] = vim.api.nvim_buf_get_changedtick(bufnr)
  end
  for _, change in ipairs(given.documentChanges or {}) do
    local version = (change.textDocument or {}).version
    local now = vim.lsp.util.buf_versions[vim.uri_to_bufnr((change.textDocument or change).uri)]
    if type(version) == 'number' and now and now > version then
      return false, 'the text has moved on'
    end
  end
  vim.lsp.util.apply_workspace_edit(given, encoding)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if before[bufnr] ~= vim.api.nvim_buf_get_changedtick(bufnr) then
      return true
    end
  end
  return false, 'declined'
end

--- Say that nothing was written; below a question that was just answered it would have to be
--- dismissed by a key.
local function unwritten(why)
  vim.schedule(function()
    vim.cmd.redraw()
    say(('nothing was written (%s)'):format(why))
  end)
end

--- Make an action's edit, then let the server do what belongs to it.
local function apply(client, bufnr, action)
  if action.edit then
    local made, why = edit(action.edit, client.offset_encoding)
    if not made then
      unwritten(why)
      return
    end
  end
  if action.command then
    execute(client, bufnr, action.command)
  end
end

--- The server wants an edit made: tell it what came of it, and it tells the user.
function M.edited(params, context)
  local client = assert(vim.lsp.get_client_by_id(context.client_id))
  local done, made, why = pcall(edit, params.edit, client.offset_encoding)
  if not done then
    return { applied = false, failureReason = tostring(made) }
  end
  if not made then
    vim.cmd.redraw() -- the question goes away, and what the server says needs no key
  end
  return { applied = made, failureReason = why }
end

--- An action of the editor's own menu was taken: nothing is remembered where nothing was written.
function M.taken(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  if context.version and vim.lsp.util.buf_versions[context.bufnr] == context.version then
    unwritten('declined, or the text has moved on')
  elseif client then
    execute(client, context.bufnr, command)
  end
end

--- The actions of the cursor's line, from kai alone.
local function on_line(client, bufnr, answered)
  local row = vim.api.nvim_win_get_cursor(0)[1]
  local line = vim.api.nvim_buf_get_lines(bufnr, row - 1, row, false)[1] or ''
  local place = vim.lsp.util.make_given_range_params(
    { row, 0 },
    { row, math.max(#line - 1, 0) },
    bufnr,
    client.offset_encoding
  )
  place.context = { diagnostics = {}, only = { 'quickfix.kai' }, triggerKind = 1 }
  ask(client, bufnr, 'textDocument/codeAction', place, function(found)
    answered(found or {})
  end)
end

--- Whether an action answers a request; others repair, silence or explain a command.
local function answers(action)
  local name = action.command and action.command.command
  return not action.diagnostics and name ~= 'kai.explain' and name ~= 'kai.generateAll'
end

--- Put the command under the `# ai:` comment of the cursor's line; `all`: under every one of the
--- file. The only action there is is taken without asking which.
---@param all boolean|nil
function M.generate(all)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if not client then
    return
  end
  if all then
    execute(client, bufnr, { command = 'kai.generateAll', arguments = { vim.uri_from_bufnr(bufnr) } })
    return
  end
  on_line(client, bufnr, function(found)
    local offered = vim.tbl_filter(answers, found)
    if #offered == 0 then
      say('there is nothing to generate on this line: it has no `# ai:` comment, or its command is there', vim.log.levels.WARN)
    elseif #offered == 1 then
      apply(client, bufnr, offered[1])
    else
      vim.ui.select(offered, {
        prompt = 'kai',
        kind = 'codeaction',
        format_item = function(action)
          return (action.title:gsub('^kai,? ?:? ?', ''))
        end,
      }, function(chosen)
        if chosen then
          apply(client, bufnr, chosen)
        end
      end)
    end
  end)
end

local function show(found)
  local lines = vim.lsp.util.convert_input_to_markdown_lines(found.contents)
  for number, line in ipairs(lines) do
    if not line:find('`', 1, true) then
      -- Neovim shows the backslashes that keep these from meaning anything in Markdown.
      lines[number] = line:gsub('\\([%[%]{}<>#|!_])', '%1')
    end
  end
  vim.lsp.util.open_floating_preview(lines, 'markdown', { focus_id = 'kai.explain', border = 'rounded' })
end

--- Where a code point of the text is, as the protocol counts it.
local function position(bufnr, offset, encoding)
  local ending = vim.bo[bufnr].fileformat == 'dos' and 2 or 1
  for number, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    local long = vim.fn.strchars(line)
    if offset <= long then
      local before = vim.fn.strcharpart(line, 0, offset)
      local character = encoding == 'utf-32' and offset or #before
      if encoding == 'utf-16' then
        character = offset
        for char in before:gmatch('[\240-\247]') do
          character = character + #char -- a second unit for each that takes four bytes
        end
      end
      return { line = number - 1, character = character }
    end
    offset = offset - long - ending
  end
  return { line = 0, character = 0 }
end

--- Say what the command at a code point of the text does.
---@param bufnr integer
---@param offset integer
function M.explain_at(bufnr, offset)
  local client = client_of(bufnr)
  if not client then
    return
  end
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    position = position(bufnr, offset, client.offset_encoding),
  }
  ask(client, bufnr, 'textDocument/hover', params, function(found)
    if found then
      show(found)
    else
      say('there is no command any more', vim.log.levels.WARN)
    end
  end)
end

--- Say what the command under the cursor does, else the first of the cursor's line.
function M.explain()
  local bufnr = vim.api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if not client then
    return
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  ask(client, bufnr, 'textDocument/hover', params, function(hovered)
    if hovered then
      show(hovered)
      return
    end
    on_line(client, bufnr, function(found)
      for _, action in ipairs(found) do
        if action.command and action.command.command == 'kai.explain' then
          M.explain_at(bufnr, action.command.arguments[1].start)
          return
        end
      end
      say('there is no kubectl command on this line', vim.log.levels.WARN)
    end)
  end)
end

local TYPES = { 'E', 'W', 'I', 'N' }

--- List what is wrong with the commands of this file in the location list.
function M.check()
  local bufnr, window = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  local client = client_of(bufnr)
  if not client then
    return
  end
  local uri = vim.uri_from_bufnr(bufnr)
  ask(client, bufnr, 'textDocument/diagnostic', { textDocument = { uri = uri } }, function(report)
    local places = vim.tbl_map(function(item)
      return { uri = uri, range = item.range, user_data = item }
    end, report and report.items or {})
    local items = vim.lsp.util.locations_to_items(places, client.offset_encoding)
    for _, item in ipairs(items) do
      local found = item.user_data.user_data
      item.text = ('%s [%s]'):format(found.message, found.code or 'kai')
      item.type = TYPES[found.severity or 1]
    end
    vim.fn.setloclist(window, {}, ' ', { title = 'kai', items = items })
    if #items == 0 then
      say('nothing is wrong with the kubectl commands of this file')
    else
      vim.cmd.lopen()
    end
  end)
end

return M
