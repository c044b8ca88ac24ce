-- Neovim without a screen: nvim --headless -u CONFIG -c 'luafile neovim.lua' FILE, with the scenario in $SCENARIO.
-- The configuration is a block of docs/EDITORS.md. Works with 0.7 and later.
local scenario = vim.fn.json_decode(vim.fn.readfile(vim.env.SCENARIO))
local finding, handler = scenario.finding, scenario.handler
local started = vim.loop.hrtime()

local function say(text)
  io.stdout:write(('%6d ms  %s\n'):format((vim.loop.hrtime() - started) / 1e6, text))
end

local function eventually(what, condition)
  assert(vim.wait(30000, condition, 20), 'never happened: ' .. what)
  say(what)
end

local function found(buffer)
  return vim.tbl_filter(function(one)
    local lsp = one.user_data and one.user_data.lsp or {}
    return (one.code or lsp.code) == finding.code
  end, vim.diagnostic.get(buffer))
end

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

local function the_finding_stands_where_it_belongs(buffer)
  eventually('the finding is shown', function() return #found(buffer) == 1 end)
  local one = found(buffer)[1]
  local range = { one.lnum, one.col, one.end_lnum, one.end_col }
  assert(vim.deep_equal(range, { finding.line, finding.start, finding.line, finding['end'] }), 'range ' .. vim.inspect(range))
  assert(one.source == 'twice', 'source ' .. tostring(one.source))
  assert(one.severity == finding.severity, 'severity ' .. one.severity)
  assert(vim.startswith(one.message, finding.message), 'message ' .. one.message)
end

local function the_hover_gives_the_reason()
  vim.api.nvim_win_set_cursor(0, { finding.line + 1, finding.start })
  local shown
  local preview = vim.lsp.util.open_floating_preview
  vim.lsp.util.open_floating_preview = function(lines, ...)
    shown = table.concat(lines, ' ')
    return preview(lines, ...)
  end
  vim.lsp.buf.hover()
  eventually('the hover gives the reason', function() return shown and shown:gsub('%s+', ' '):find(finding.reason, 1, true) end)
end

local function change_template(from, to)
  vim.cmd('edit ' .. scenario.template)
  local buffer = vim.api.nvim_get_current_buf()
  local line = vim.api.nvim_buf_get_lines(buffer, handler.line, handler.line + 1, false)[1]
  vim.api.nvim_buf_set_lines(buffer, handler.line, handler.line + 1, false, { (line:gsub(vim.pesc(from), to)) })
  vim.cmd('silent write | buffer #')
end

local function a_change_of_the_template_refreshes_the_handler(buffer)
  change_template(handler.text, handler.instead)
  eventually('a handler that is deployed no more is silent', function() return #found(buffer) == 0 end)
  change_template(handler.instead, handler.text)
  eventually('deployed again, it is found again', function() return #found(buffer) == 1 end)
end

local function the_silence_is_written(buffer)
  local titles = {}
  vim.ui.select = function(items, options, choose)
    for number, item in ipairs(items) do
      titles[number] = options.format_item(item)
      if titles[number]:find(finding.silence.title) then return choose(item, number) end
    end
    choose(nil)
  end
  vim.api.nvim_win_set_cursor(0, { finding.line + 1, finding.start })
  vim.lsp.buf.code_action()
  eventually('the silence is written', function() return text(buffer):find(finding.silence.written, 1, true) end)
  eventually('the finding is gone', function() return #found(buffer) == 0 end)
end

local function main()
  local version = vim.version()
  say(('Neovim %d.%d.%d'):format(version.major, version.minor, version.patch))
  local buffer = vim.api.nvim_get_current_buf()
  the_finding_stands_where_it_belongs(buffer)
  the_hover_gives_the_reason()
  a_change_of_the_template_refreshes_the_handler(buffer)
  the_silence_is_written(buffer)
  vim.cmd('silent write')
  local saved = table.concat(vim.fn.readfile(scenario.file), '\n')
  assert(saved:find(finding.silence.written, 1, true), 'not on disk')
  say('saved')
end

local ok, problem = pcall(main)
if not ok then
  say('FAILED ' .. tostring(problem))
  say('diagnostics: ' .. vim.inspect(vim.diagnostic.get()))
  vim.cmd('cquit 1')
end
vim.cmd('qall!')
