" Vim without a screen: vim -N -u CONFIG -i NONE -n -es -S vim.vim FILE, with the scenario in $SCENARIO.
" The configuration is a block of docs/EDITORS.md; $CLIENT is ale or vim-lsp. What is said goes to $SAID.
set nocompatible hidden nomore
let s:scenario = json_decode(join(readfile($SCENARIO), "\n"))
let s:payment = s:scenario.payment
let s:queue = s:scenario.queue
let s:source = s:scenario.source
let s:started = reltime()

function! Say(text) abort
  call writefile([printf('%6d ms  %s', float2nr(reltimefloat(reltime(s:started)) * 1000), a:text)], $SAID, 'a')
endfunction

function! Eventually(what, condition) abort
  for _ in range(1500)
    if a:condition()
      return Say(a:what)
    endif
    sleep 20m
  endfor
  throw 'never happened: ' .. a:what
endfunction

function! Check(what, is, expected) abort
  if a:is != a:expected
    throw printf('%s is %s, not %s', a:what, string(a:is), string(a:expected))
  endif
endfunction

function! StandsWhereItBelongs(finding, buffer) abort
  call Eventually(a:finding.code .. ' is shown', {-> len(s:client.found(a:finding, a:buffer)) == 1})
  let one = s:client.found(a:finding, a:buffer)[0]
  call Check('range', one.range, [a:finding.line + 1, a:finding.start + 1, a:finding.end])
  call Check('severity', one.severity, a:finding.severity == 1 ? 'E' : 'W')
  call Check('message', stridx(one.message, a:finding.message) >= 0, v:true)
endfunction

function! TheHoverGivesTheReason(finding) abort
  call cursor(a:finding.line + 1, a:finding.start + 1)
  call s:client.ask_hover()
  call Eventually('the hover gives the reason', {-> stridx(s:client.hover(), a:finding.reason) >= 0})
  silent! pclose
endfunction

function! ChangeSource(buffer, from, to) abort
  execute 'buffer' a:buffer
  let line = getline(s:source.line + 1)
  call Check('source', line[s:source.start :], a:from)
  call setline(s:source.line + 1, strpart(line, 0, s:source.start) .. a:to)
  doautocmd TextChanged
  silent write
endfunction

function! AChangeOfTheTemplateRefreshesTheHandler(template, buffer) abort
  call ChangeSource(a:template, s:source.word, s:source.instead)
  call Eventually('a handler without a queue is silent', {-> len(s:client.found(s:payment, a:buffer)) == 0})
  call ChangeSource(a:template, s:source.instead, s:source.word)
  call Eventually('fed by a queue again, it is found again', {-> len(s:client.found(s:payment, a:buffer)) == 1})
endfunction

function! AnActionIsTaken(finding, buffer, file) abort
  execute 'buffer' a:buffer
  call cursor(a:finding.line + 1, a:finding.start + 1)
  let s:wanted = a:finding.title
  call s:client.act()
  call Eventually('taken: ' .. a:finding.title, {-> stridx(join(getline(1, '$'), "\n"), a:finding.written) >= 0})
  silent write
  call Eventually(a:finding.code .. ' is gone', {-> len(s:client.found(a:finding, a:buffer)) == 0})
  call Check('on disk', stridx(join(readfile(a:file), "\n"), a:finding.written) >= 0, v:true)
endfunction

" --- ALE ---------------------------------------------------------------------------------------------------------

let s:ale = {}

function! s:ale.begin() abort
  runtime autoload/ale/util.vim
  let g:Answer = function('AnswerAle')
  execute "function! ale#util#Input(message, value, ...) abort\nreturn g:Answer(a:message, a:value)\nendfunction"
  call ale#Queue(0)
endfunction

function! s:ale.found(finding, buffer) abort
  let ours = filter(copy(ale#engine#GetLoclist(a:buffer)), {_, one -> get(one, 'code', '') ==# a:finding.code})
  return map(ours, {_, one -> {'range': [one.lnum, one.col, one.end_col], 'severity': one.type, 'message': one.text}})
endfunction

function! s:ale.ask_hover() abort
  let g:ale_hover_to_preview = 1
  ALEHover
endfunction

function! s:ale.hover() abort
  let previews = filter(range(1, bufnr('$')), {_, number -> getbufvar(number, '&filetype') =~# 'ale-preview'})
  return empty(previews) ? '' : join(getbufline(previews[0], 1, '$'), ' ')
endfunction

function! s:ale.act() abort
  ALECodeAction
endfunction

" ALE shows a numbered list and asks for a number.
function! AnswerAle(message, value) abort
  for line in split(a:message, "\n")
    if stridx(line, s:wanted) >= 0
      return matchstr(line, '\d\+')
    endif
  endfor
  throw 'no ' .. s:wanted .. ' among ' .. a:message
endfunction

" --- vim-lsp -----------------------------------------------------------------------------------------------------

let s:lsp = {}
let s:letters = ['', 'E', 'W', 'I', 'H']

function! s:lsp.begin() abort
  let g:lsp_hover_ui = 'preview'
  let g:lsp_code_action_ui = 'preview'
  runtime autoload/lsp/internal/ui/quickpick.vim
  let g:Answer = function('AnswerLsp')
  execute "function! lsp#internal#ui#quickpick#open(options) abort\ncall g:Answer(a:options)\nendfunction"
  call lsp#enable()
endfunction

function! s:lsp.found(finding, buffer) abort
  let uri = lsp#utils#get_buffer_uri(a:buffer)
  let told = values(lsp#internal#diagnostics#state#_get_all_diagnostics_grouped_by_server_for_uri(uri))
  let all = empty(told) ? [] : copy(told[0].params.diagnostics)
  return map(filter(all, {_, one -> one.code ==# a:finding.code}), {_, one -> {
        \ 'range': [one.range.start.line + 1, one.range.start.character + 1, one.range.end.character],
        \ 'severity': s:letters[one.severity], 'message': one.message}})
endfunction

function! s:lsp.ask_hover() abort
  LspHover
endfunction

function! s:lsp.hover() abort
  let previews = filter(range(1, winnr('$')), {_, number -> getwinvar(number, '&previewwindow')})
  return empty(previews) ? '' : join(getbufline(winbufnr(previews[0]), 1, '$'), ' ')
endfunction

function! s:lsp.act() abort
  LspCodeAction
endfunction

" vim-lsp shows a list in which a person picks a line.
function! AnswerLsp(options) abort
  for item in a:options.items
    if stridx(item.title, s:wanted) >= 0
      return a:options.on_accept({'items': [item]})
    endif
  endfor
  throw 'no ' .. s:wanted .. ' among ' .. string(map(copy(a:options.items), {_, item -> item.title}))
endfunction

" --- the drive -----------------------------------------------------------------------------------------------------

function! Main() abort
  let s:client = {'ale': s:ale, 'vim-lsp': s:lsp}[$CLIENT]
  let buffer = bufnr('')
  call Say(printf('Vim %d.%d, %s', v:version / 100, v:version % 100, $CLIENT))
  call s:client.begin()
  call StandsWhereItBelongs(s:payment, buffer)
  call TheHoverGivesTheReason(s:payment)
  execute 'edit' fnameescape(s:scenario.template)
  let template = bufnr('')
  call s:client.begin()
  call StandsWhereItBelongs(s:queue, template)
  call AChangeOfTheTemplateRefreshesTheHandler(template, buffer)
  call AnActionIsTaken(s:queue, template, s:scenario.template)
  call AnActionIsTaken(s:payment, buffer, s:scenario.file)
  call Say('saved')
endfunction

try
  call Main()
  qall!
catch
  call Say('FAILED ' .. v:exception .. ' at ' .. v:throwpoint)
  cquit!
endtry
