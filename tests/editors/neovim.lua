-- Neovim without a screen: nvim --headless -u CONFIG -c 'luafile neovim.lua' FILE, with the scenario in $SCENARIO.
-- The configuration is a block of docs/EDITORS.md. Works with 0.7 and later.
local scenario = vim.fn.json_decode(vim.fn.readfile(vim.env.SCENARIO))
local payment, queue, source = scenario.payment, scenario.queue, scenario.source
local started = vim.loop.hrtime()

local function say(text)
  io.stdout:write(('%6d ms  %s\n'):format((vim.loop.hrtime() - started) / 1e6, text))
end

local function eventually(what, condition)
  assert(vim.wait(30000, condition, 20), 'never happened: ' .. what)
  say(what)
end

local function found(finding, buffer)
  return vim.tbl_filter(function(one)
    local lsp = one.user_data and one.user_data.lsp or {}
    return (one.code or lsp.code) == finding.code
  end, vim.diagnostic.get(buffer))
end

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

local function stands_where_it_belongs(finding, buffer)
  eventually(finding.code .. ' is shown', function() return #found(finding, buffer) == 1 end)
  local one = found(finding, buffer)[1]
  local range = { one.lnum, one.col, one.end_lnum, one.end_col }
  assert(vim.deep_equal(range, { finding.line, finding.start, finding.line, finding['end'] }), 'range ' .. vim.inspect(range))
  assert(one.source == 'twice', 'source ' .. tostring(one.source))
  assert(one.severity == finding.severity, 'severity ' .. one.severity)
  assert(one.message:find(finding.message, 1, true), 'message ' .. one.message)
end

local function the_hover_gives_the_reason(finding)
  vim.api.nvim_win_set_cursor(0, { finding.line + 1, finding.start })
  local shown
  local preview = vim.lsp.util.open_floating_preview
  vim.lsp.util.open_floating_preview = function(lines, ...)
    shown = table.concat(lines, ' '):gsub('%s+', ' ')
    return preview(lines, ...)
  end
  vim.lsp.buf.hover()
  eventually('the hover gives the reason', function() return shown and shown:find(finding.reason, 1, true) end)
end

local function change_source(buffer, from, to)
  vim.api.nvim_buf_call(buffer, function()
    vim.api.nvim_buf_set_text(buffer, source.line, source.start, source.line, source.start + #from, { to })
    vim.cmd('silent write')
  end)
end

local function a_change_of_the_template_refreshes_the_handler(template, buffer)
  change_source(template, source.word, source.instead)
  eventually('a handler without a queue is silent', function() return #found(payment, buffer) == 0 end)
  change_source(template, source.instead, source.word)
  eventually('fed by a queue again, it is found again', function() return #found(payment, buffer) == 1 end)
end

local function the_settings_reach_the_server(buffer)
  local client = vim.lsp.get_clients and vim.lsp.get_clients({ name = 'twice' })[1] or vim.lsp.get_active_clients({ name = 'twice' })[1]
  local function set(settings)
    client.config.settings, client.settings = settings, settings
    client.notify('workspace/didChangeConfiguration', { settings = settings })
  end
  set({ twice = { ignore = { payment.code } } })
  eventually('an ignored rule is silent', function() return #found(payment, buffer) == 0 end)
  set({ twice = {} })
  eventually('and speaks again', function() return #found(payment, buffer) == 1 end)
end

local function an_action_is_taken(finding, buffer, file)
  vim.api.nvim_set_current_buf(buffer)
  vim.api.nvim_win_set_cursor(0, { finding.line + 1, finding.start })
  vim.ui.select = function(items, options, choose)
    for number, item in ipairs(items) do
      if options.format_item(item):find(finding.title, 1, true) then return choose(item, number) end
    end
    say('no ' .. finding.title .. ' among ' .. vim.inspect(vim.tbl_map(options.format_item, items)))
  end
  vim.lsp.buf.code_action()
  eventually('taken: ' .. finding.title, function() return text(buffer):find(finding.written, 1, true) end)
  eventually(finding.code .. ' is gone', function() return #found(finding, buffer) == 0 end)
  vim.cmd('silent write')
  assert(table.concat(vim.fn.readfile(file), '\n'):find(finding.written, 1, true), 'not on disk')
end

local function main()
  local version = vim.version()
  say(('Neovim %d.%d.%d'):format(version.major, version.minor, version.patch))
  local buffer = vim.api.nvim_get_current_buf()
  stands_where_it_belongs(payment, buffer)
  the_hover_gives_the_reason(payment)
  vim.cmd('edit ' .. vim.fn.fnameescape(scenario.template))
  local template = vim.api.nvim_get_current_buf()
  stands_where_it_belongs(queue, template)
  a_change_of_the_template_refreshes_the_handler(template, buffer)
  the_settings_reach_the_server(buffer)
  an_action_is_taken(queue, template, scenario.template)
  an_action_is_taken(payment, buffer, scenario.file)
  say('saved')
end

local ok, problem = pcall(main)
if not ok then
  say('FAILED ' .. tostring(problem))
  for _, one in ipairs(vim.diagnostic.get()) do
    say(('still shown: %s:%d %s'):format(vim.api.nvim_buf_get_name(one.bufnr), one.lnum + 1, one.message))
  end
  vim.cmd('cquit 1')
end
vim.cmd('qall!')
