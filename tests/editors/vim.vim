" Vim without a screen: vim -N -u CONFIG -i NONE -n -es -S vim.vim FILE, with the scenario in $SCENARIO.
" The configuration is a block of docs/EDITORS.md; $CLIENT is ale or vim-lsp. What is said goes to $SAID.
set nocompatible hidden nomore
let s:scenario = json_decode(join(readfile($SCENARIO), "\n"))
let s:finding = s:scenario.finding
let s:handler = s:scenario.handler
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

function! TheFindingStandsWhereItBelongs() abort
  call Eventually('the finding is shown', {-> len(s:client.found(s:buffer)) == 1})
  let one = s:client.found(s:buffer)[0]
  call Check('range', one.range, [s:finding.line + 1, s:finding.start + 1, s:finding.end])
  call Check('severity', one.severity, 'E')
  call Check('message', stridx(one.message, s:finding.message) >= 0, v:true)
endfunction

function! TheHoverGivesTheReason() abort
  call GoToFinding()
  call s:client.ask_hover()
  call Eventually('the hover gives the reason', {-> stridx(s:client.hover(), s:finding.reason) >= 0})
  silent! pclose
  execute bufwinnr(s:buffer) .. 'wincmd w'
endfunction

function! ChangeTemplate(from, to) abort
  execute 'edit' fnameescape(s:scenario.template)
  call setline(s:handler.line + 1, substitute(getline(s:handler.line + 1), '\V' .. a:from, a:to, ''))
  doautocmd TextChanged
  silent write
  execute 'buffer' s:buffer
endfunction

function! AChangeOfTheTemplateRefreshesTheHandler() abort
  call ChangeTemplate(s:handler.text, s:handler.instead)
  call Eventually('a handler that is deployed no more is silent', {-> len(s:client.found(s:buffer)) == 0})
  call ChangeTemplate(s:handler.instead, s:handler.text)
  call Eventually('deployed again, it is found again', {-> len(s:client.found(s:buffer)) == 1})
endfunction

function! TheSilenceIsWritten() abort
  call GoToFinding()
  call s:client.silence()
  call Eventually('the silence is written', {-> search('\V' .. s:finding.silence.written, 'nw') > 0})
  silent write
  call Eventually('the finding is gone', {-> len(s:client.found(s:buffer)) == 0})
  call Check('on disk', match(readfile(s:scenario.file), '\V' .. s:finding.silence.written) >= 0, v:true)
  call Say('saved')
endfunction

function! GoToFinding() abort
  call cursor(s:finding.line + 1, s:finding.start + 1)
endfunction

" --- ALE ---------------------------------------------------------------------------------------------------------

let s:ale = {}

function! s:ale.begin() abort
  call ale#Queue(0)
endfunction

function! s:ale.found(buffer) abort
  let ours = filter(copy(ale#engine#GetLoclist(a:buffer)), {_, one -> get(one, 'code', '') ==# s:finding.code})
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

function! s:ale.silence() abort
  ALECodeAction
endfunction

" ALE shows a numbered list and asks for a number.
function! AnswerAle(message, value) abort
  for line in split(a:message, "\n")
    if line =~# s:finding.silence.title
      return matchstr(line, '\d\+')
    endif
  endfor
  throw 'no silence among ' .. a:message
endfunction

" --- the drive -----------------------------------------------------------------------------------------------------

function! Main() abort
  let s:client = {'ale': s:ale}[$CLIENT]
  let s:buffer = bufnr('')
  call Say(printf('Vim %d.%d, %s', v:version / 100, v:version % 100, $CLIENT))
  if $CLIENT ==# 'ale'
    call ale#Has('ale-3.0.0')
    runtime autoload/ale/util.vim
    let g:Answer = function('AnswerAle')
    execute "function! ale#util#Input(message, value, ...) abort\nreturn g:Answer(a:message, a:value)\nendfunction"
  endif
  call s:client.begin()
  call TheFindingStandsWhereItBelongs()
  call TheHoverGivesTheReason()
  call AChangeOfTheTemplateRefreshesTheHandler()
  call TheSilenceIsWritten()
endfunction

try
  call Main()
  qall!
catch
  call Say('FAILED ' .. v:exception .. ' at ' .. v:throwpoint)
  call Say('diagnostics: ' .. string(s:client.found(s:buffer)))
  cquit!
endtry
