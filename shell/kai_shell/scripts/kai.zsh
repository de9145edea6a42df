# kai for zsh: a key rewrites the words at the end of the line into the kubectl command.
# Written by `kai init zsh`; run that again rather than changing this file.
#
#   KAI_KEY, KAI_KEY2   the keys, in the notation of bindkey; empty switches one off
#   KAI_GUARD=1, =0     Enter asks before a line that destroys something, or does not
#   KAI_DISABLE=1       the keys, Enter too, do what they did before
#
# The line is sacred: BUFFER is assigned in one place, after everything has been checked. Nothing is
# run from here but, where no daemon answers, kai's own client.
#
# A shell that starts reads as far as the first `return`, with the guard as far as the second; the
# rest is read when a key is first pressed.

# What a plugin may have set would change how the functions below are read.
'builtin' 'typeset' '-ga' '_kai_options'
_kai_options=()
[[ ! -o 'aliases' ]] || _kai_options+=('aliases')
[[ ! -o 'sh_glob' ]] || _kai_options+=('sh_glob')
[[ ! -o 'ignore_braces' ]] || _kai_options+=('ignore_braces')
'builtin' 'setopt' 'no_aliases' 'no_sh_glob' 'no_ignore_braces'

if [[ -z ${_kai_rest-} ]]; then

typeset -g _kai_python=@PYTHON@
typeset -g _kai_file=${${(%):-%x}:a}
typeset -g _kai_key=${KAI_KEY-@KEY@} _kai_key2=${KAI_KEY2-@KEY2@}
typeset -gA _kai_before # widget of ours -> what its key did before
typeset -g _kai_then='' # what the key that was just pressed did before

# --- the key -------------------------------------------------------------------------------------

# Runs with the options of the shell, because the widget from before has to.
_kai_press() {
  if _kai_is_ours; then
    if _kai_is_whole; then
      _kai_rewrite
    else
      zle -M "kai: $_kai_file cannot be read; kai init zsh writes it"
    fi
  elif [[ -n $_kai_then ]]; then
    zle "$_kai_then" "$@"
  fi
}

# Only at the end of a line that is not empty; there kill-line does nothing anyway.
_kai_is_ours() {
  emulate -L zsh
  _kai_then=''
  # Plugins that wrap every widget call ours by a longer name.
  local widget=kai-${WIDGET##*kai-}
  local -i end=$#BUFFER
  [[ $widget == kai-vicmd-* ]] && end=$((end - 1))
  [[ ${KAI_DISABLE-} != 1 && $CONTEXT == start && $BUFFER == *[^[:space:]]* ]] \
    && ((CURSOR >= end)) && return 0
  local before=${_kai_before[$widget]-}
  case $before in
    '') ;;
    \"*\") zle -U -- "${(g:ceo:)${${before#\"}%\"}}" ;; # bindkey -s: keys of the user's own
    *)
      # Without this, two kills in a row are no longer one entry of the kill ring.
      [[ $before == *kill* ]] && zle -f kill
      _kai_then=$before
      ;;
  esac
  return 1
}

_kai_is_whole() {
  emulate -L zsh -o no_aliases
  local _kai_rest=1
  ((${+functions[_kai_rewrite]})) || source "$_kai_file" 2>/dev/null
  ((${+functions[_kai_rewrite]}))
}

_kai_bind() {
  emulate -L zsh
  local map key line widget
  local -a wanted
  local -i which=0
  for key in "$_kai_key" "$_kai_key2"; do
    ((++which))
    [[ -n $key ]] || continue
    for map in emacs viins vicmd; do
      # In vi, Esc and then k is what people type to go up: Alt-K only where somebody asks for it.
      [[ $map != emacs && $key == ('^['|'\e'|'\E'|'\M-')* && -z ${(P)${:-KAI_KEY${${which#1}}}} ]] \
        && continue
      wanted+=("$map" "$which" "$key")
    done
  done
  (($#wanted)) || return 0
  # One fork for all of them: bindkey only prints.
  local -a before=("${(@f)$(for map which key in "$wanted[@]"; do bindkey -M $map -- "$key"; done)}")
  for map which key in "$wanted[@]"; do
    line=${before[1]#*\" }
    before=("${(@)before[2,-1]}")
    widget=kai-$map-$which
    [[ $line == kai-* ]] || _kai_before[$widget]=$line # loaded a second time
    zle -N $widget _kai_press
    bindkey -M $map -- "$key" $widget
  done
}

[[ -o zle ]] && _kai_bind
# A request may hold ? and *.
((${+aliases[kai]})) || alias kai='noglob kai'

unfunction _kai_bind
unfunction _kai_rewrite 2>/dev/null || : # of a file that was read before

if [[ ! -o zle || ${KAI_GUARD-@GUARD@} != 1 ]]; then
  ((${#_kai_options})) && setopt "${_kai_options[@]}"
  unset _kai_options
  return 0
fi

fi
if [[ -z ${_kai_rest-} ]]; then

# --- Enter, where the guard is on ------------------------------------------------------------------

# A line runs unless somebody was asked and said no. What runs it is the widget from before, with the
# options of the shell; the line is read as the shell itself would read it, so with its options too.
_kai_enter() {
  local _kai_widget=$1 _kai_text='' _kai_expanded=''
  local -a _kai_names
  shift
  if _kai_is_concerned && _kai_is_complete; then
    _kai_is_allowed || return 0
  fi
  zle kai-before-$_kai_widget -- "$@"
}

# Plugins that wrap widgets call ours by names of their own, so each has its function.
_kai_enter_accept-line() { _kai_enter accept-line "$@" }
_kai_enter_accept-and-hold() { _kai_enter accept-and-hold "$@" }
_kai_enter_accept-line-and-down-history() { _kai_enter accept-line-and-down-history "$@" }
_kai_enter_accept-and-infer-next-history() { _kai_enter accept-and-infer-next-history "$@" }

# Most lines go no further than this: nobody is asked where neither kubectl nor an alias stands.
_kai_is_concerned() {
  emulate -L zsh
  [[ ${KAI_DISABLE-} == 1 || ${KAI_GUARD-1} == 0 || $CONTEXT != (start|cont) ]] && return 1
  _kai_text=$PREBUFFER$BUFFER
  local word
  local -a words
  for word in ${(s: :)${_kai_text//[][:space:];|&()<>\{\}\`\"\'\$\\]/ }}; do
    ((${+aliases[$word]} || ${+galiases[$word]})) && words+=("$word")
  done
  [[ $#words != 0 || $_kai_text == *kubectl* ]] || return 1
  ((${+functions[_kai_holds_kubectl]})) || _kai_is_whole || return 1
  (($#words)) || return 0
  _kai_holds_kubectl
}

_kai_guard_enter() {
  emulate -L zsh
  local widget
  for widget in accept-line accept-and-hold accept-line-and-down-history \
    accept-and-infer-next-history; do
    # Loaded a second time, or wrapped by a plugin meanwhile, it still is ours in the end.
    zle -la kai-before-$widget && continue
    zle -A $widget kai-before-$widget
    zle -N $widget _kai_enter_$widget
  done
}

_kai_guard_enter
unfunction _kai_guard_enter
((${#_kai_options})) && setopt "${_kai_options[@]}"
unset _kai_options
return 0

fi
unset _kai_options # who reads this has options of its own

# --- read when the key is first pressed ----------------------------------------------------------

typeset -gF _kai_seconds=1.8 # deadline of an answer: the prompt is back within two seconds
typeset -gF _kai_silence=3   # while somebody is asked: the daemon says every second that it is there
typeset -g _kai_offered=''   # the number of what was put on the line, until a line is run
typeset -g _kai_modules=''   # whether those are loaded that a question needs
typeset -g _kai_broken=''    # the line whose question broke off
typeset -g _kai_confession=${_kai_confession-} # what was said of a guard that does not work
typeset -g _kai_told='' _kai_vanishing='' # whether something is said below the line, and its hook

_kai_rewrite() {
  local _kai_entry=''
  _kai_rewriting "$@"
  [[ -z $_kai_entry ]] || _kai_keep
}

_kai_rewriting() {
  emulate -L zsh
  local answer='' problem=''
  local -a part
  local -i panel=0
  {
    _kai_ask ask "$BUFFER" && _kai_obey
  } always {
    if ((TRY_BLOCK_INTERRUPT)); then # Ctrl-C: the line stays
      TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0
      problem='stopped'
    fi
    ((!panel)) || _kai_repair
  }
  [[ -z $problem ]] || _kai_say "$problem"
  return 0
}

# --- the question --------------------------------------------------------------------------------

# Asks KIND TEXT, or KIND ALIASES TEXT, and puts the last line of the answer into `answer`, or says
# in `problem` why there is none.
_kai_ask() {
  [[ -n $_kai_modules ]] || zmodload zsh/net/socket zsh/system zsh/datetime 2>/dev/null || {
    problem='this zsh lacks one of its modules zsh/net/socket, zsh/system and zsh/datetime'
    return 1
  }
  _kai_modules=loaded
  if [[ ${@[-1]//[$'\n\t']/} == *[[:cntrl:]]* ]]; then
    problem='the line holds control characters; it is as it was'
    return 1
  fi
  local kubeconfig='' env='' newline=$'\n' split=$'\x1e' separator=$'\x1f'
  local -a fields
  # What is not exported does not reach kubectl either.
  [[ ${(t)KUBECONFIG-} == *export* ]] && kubeconfig=$KUBECONFIG
  _kai_describe
  fields=(1 $1 zsh "$TTY" "$COLUMNS" "$PWD" "$kubeconfig" "$env" "${@[2,-1]}")
  fields=("${(@)fields//[$'\x1e\x1f\0']/}")
  fields=("${(@)fields//$newline/$split}")
  local line=${(pj:$separator:)fields}$'\n'
  if ((${#line} > 32768)); then
    problem='the line is too long; it is as it was'
    return 1
  fi
  _kai_exchange "$line"
  case $? in
    0) return 0 ;;
    1) problem='kai could not be started; kai doctor says why' ;;
    2) problem='no answer in time; press the key again (kai doctor, where that stays so)' ;;
    4) problem='kai went away; the line is as it was, press the key again' ;;
    *) problem='what came is no answer of kai; kai daemon stop ends what sent it' ;;
  esac
  return 1
}

# Puts into `env` what the daemon has to know of the terminal. Where it may draw, the line is painted
# as it is: keys may have come faster than zle paints.
_kai_describe() {
  local name
  for name in TERM COLORTERM NO_COLOR LANG LC_ALL ${(k)parameters[(I)KAI_*]}; do
    [[ ${(tP)name} == *export* && ${(P)name} != *[[:cntrl:]]* ]] && env+="$name=${(P)name}"$'\n'
  done
  env+="LINES=$LINES"
  [[ -n $TTY && ${TERM:-dumb} != (dumb|emacs|unknown) ]] || return 0
  env+=$'\nPANEL=1'
  [[ -z $_kai_told ]] || zle -M ''
  _kai_told=''
  zle -R
}

# After a panel whose end nobody saw: the terminal as zle has it, the line where it was.
_kai_repair() {
  # Whoever drew may be at it yet: this is what a daemon needs that sees us hang up.
  zmodload zsh/zselect 2>/dev/null && zselect -t 5
  print -n '\e[0m\e[?7h\e[?25h\e8' >$TTY
  print -n -- "${zle_bracketed_paste[1]-}" >$TTY
  zle .redisplay # it sets the modes of the terminal again, too
}

# Asks the daemon; one that is not there or goes away is what the client is for, which starts it.
_kai_exchange() {
  local REPLY='' socket=''
  local -i fd=-1 how=1
  local -F until=$((EPOCHREALTIME + _kai_seconds)) # for the daemon and the client together
  _kai_socket
  {
    if [[ -n $socket ]] && zsocket "$socket" 2>/dev/null; then
      fd=$REPLY
      print -rnu $fd -- "$1" 2>/dev/null
      _kai_listen $fd
      how=$?
    fi
  } always {
    ((fd < 0)) || exec {fd}>&-
    fd=-1
  }
  ((how == 1)) || return $how
  {
    # No job, no job line, no other process group's Ctrl-C.
    exec {fd}< <(print -rn -- "$1" | "$_kai_python" -P -m kai_shell.daemon.client 2>/dev/null)
    _kai_listen $fd
    how=$?
  } always {
    ((fd < 0)) || exec {fd}<&-
  }
  return $how
}

# Puts the daemon's socket into `socket` if it and its folder are ours alone: the same rule as in
# kai_shell/daemon/runtime.py. Nothing is asked of anybody else.
_kai_socket() {
  local folder
  local -a found
  found=("${XDG_RUNTIME_DIR-}"(N/Uf-077))
  if [[ ${XDG_RUNTIME_DIR-} == /* && $#found -eq 1 ]]; then
    folder=$XDG_RUNTIME_DIR/kai
  elif [[ ${XDG_STATE_HOME-} == /* ]]; then
    folder=$XDG_STATE_HOME/kai/run
  else
    folder=$HOME/.local/state/kai/run
  fi
  found=("$folder"(N/Uf-077))
  (($#found)) || return 0
  found=("$folder/kai.sock"(N=U))
  (($#found)) && socket=$found[1]
}

# Reads lines from the descriptor until one is the answer: `wait` says that the daemon has drawn a
# panel and asks the user there. 1: it ended before; 2: not in time; 3: not a line; 4: it ended, or
# fell silent, while the user was asked.
_kai_listen() {
  local rest=''
  local -i how=0
  while true; do
    _kai_read $1
    how=$?
    ((how)) && break
    if [[ $answer != wait ]]; then
      [[ -z $rest ]] && panel=0 || how=3
      break
    fi
    if ((!panel)); then
      panel=1
      print -n '\e7' >$TTY # where the cursor is; whoever draws never leaves it elsewhere
      local -i rows=$LINES columns=$COLUMNS
    fi
    until=$((EPOCHREALTIME + _kai_silence))
  done
  ((how == 1 || how == 2)) && ((panel)) && how=4
  # zle has painted at the place where the panel was.
  ((how == 0 && (${rows:-$LINES} != LINES || ${columns:-$COLUMNS} != COLUMNS))) && zle .redisplay
  return $how
}

# Reads one line into `answer`, before the time `until`; what came behind it is `rest`.
_kai_read() {
  local chunk=''
  local -F left
  answer=''
  while [[ $rest != *$'\n'* ]]; do
    ((${#rest} <= 65536)) || return 3
    left=$((until - EPOCHREALTIME))
    ((left > 0)) || return 2
    ((left <= _kai_silence)) || left=$_kai_silence # the clock was set back
    sysread -i $1 -t $left chunk
    case $? in
      0) rest+=$chunk ;;
      4) return 2 ;;
      *) return 1 ;;
    esac
  done
  answer=${rest%%$'\n'*}
  rest=${rest[$#answer + 2,-1]} # the shortest match of a pattern is looked for in quadratic time
  ((${#answer} <= 65536)) || return 3
  # Of all control characters only the two of the protocol.
  [[ ${answer//[$'\x1e\x1f']/} != *[[:cntrl:]]* ]] || return 3
}

# --- the answer ----------------------------------------------------------------------------------

# Does what `answer` says, or says in `problem` why not.
_kai_obey() {
  local newline=$'\n' split=$'\x1e'
  part=("${(@ps:\x1f:)answer}")
  part=("${(@)part//$split/$newline}")
  case $part[1]:$#part in
    put:<3->)
      _kai_put "$part[2]" "$part[4]" "$part[5]" && [[ -n $part[3] ]] && _kai_say "$part[3]"
      ;;
    offer:<5->) _kai_offer ;;
    left:<1->) problem=$part[2] ;;
    none:<2-> | fail:<2->) problem=${part[2]:-there is no answer} ;;
    *) problem='what came is no answer of kai; the line is as it was' ;;
  esac
}

# Whether this may stand on a line: printable, and nothing that is invisible or turns the direction
# of writing (U+200B-200F, 2028-202E, 2060-206F, FEFF and the tags), compared as bytes so that no
# locale can say otherwise.
_kai_is_plain() {
  emulate -L zsh
  if [[ -n $1 && $1 != *[^[:print:]]* ]] && (($#1 <= 16384)); then
    unsetopt multibyte
    [[ $1 != *($'\xe2\x80'[$'\x8b'-$'\x8f'$'\xa8'-$'\xae']|$'\xe2\x81'[$'\xa0'-$'\xaf']|$'\xef\xbb\xbf'|$'\xf3\xa0')* ]] \
      && return 0
  fi
  problem='the answer holds what does not belong on a line; yours is as it was'
  return 1
}

# The one place where the line changes: one plain printable line, one step of undo. What the history
# is to keep of the words is $2, the number of the offer $3.
_kai_put() {
  _kai_is_plain "$1" || return 1
  # A line that begins with a blank is one that the history is not to know.
  if [[ $2 == '# '* && $BUFFER != ' '* ]]; then
    _kai_is_plain "$2" && _kai_entry=$2 || problem=''
  fi
  zle .split-undo 2>/dev/null
  BUFFER=$1
  CURSOR=$#BUFFER
  [[ $3 != <-> ]] || _kai_watch $3
}

# Runs with the options of the shell, which say what a history keeps and what a comment is: where
# `#` begins none, the words become the quoted argument of a command that does nothing.
_kai_keep() {
  setopt local_options no_warn_nested_var 2>/dev/null
  [[ -o interactive_comments ]] || _kai_entry=": ${(qq)_kai_entry}"
  [[ ${history[$((HISTCMD - 1))]-} == "$_kai_entry" ]] || print -rs -- "$_kai_entry"
}

# An answer that needs a yes: Enter takes it, every other key leaves the line.
_kai_offer() {
  local tier key=''
  _kai_name_tier "$part[4]" && _kai_is_plain "$part[2]" || return 1
  # Keys typed before the offer could be seen are no answer to it.
  if ((PENDING || KEYS_QUEUED_COUNT)); then
    problem='there is an answer that needs a yes; press the key again'
    return 1
  fi
  # The tier first: it is never what a small screen cuts off.
  local -a lines=("$tier" "$part[2]" $part[3] ${(f)part[5]})
  _kai_show "${(F)lines}" 'Enter takes it, any other key leaves the line'
  _kai_await
  case $key in
    $'\r' | $'\n') _kai_put "$part[2]" "$part[6]" "$part[7]" ;;
    [[:print:]]) zle -U -- "$key" ;; # who goes on typing goes on typing
  esac
}

# Puts into `tier` what a tier is called.
_kai_name_tier() {
  case $1 in
    read) tier='only reads' ;;
    write) tier='changes something in the cluster' ;;
    destructive) tier='DESTRUCTIVE: deletes, stops or weakens something' ;;
    forbidden) tier='FORBIDDEN: kai would never write this' ;;
    *)
      problem='what came is no answer of kai; the line is as it was'
      return 1
      ;;
  esac
}

# Puts the next key into `key`. Esc may be the begin of a longer sequence (an arrow): all of it is
# one key.
_kai_await() {
  local more=''
  key=''
  zle -R # paints now, not when the widget ends
  {
    read -k 1 key
    if [[ $key == $'\e' ]]; then
      read -t 0.02 -k 1 more && [[ $more == [\[O] ]] \
        && while read -t 0.02 -k 1 more && [[ $more == [0-9\;?] ]]; do :; done
    fi
  } always {
    zle -M ''
  }
}

# --- the guard -----------------------------------------------------------------------------------

# Whether a line with the aliases `words` in it can hold kubectl. Puts them, and those that they lead
# to, into `_kai_names`.
_kai_holds_kubectl() {
  local value held=$_kai_text
  local -aU known
  while (($#words && $#known < 64)); do
    word=$words[1]
    shift words
    ((!${known[(Ie)$word]})) || continue
    value=${aliases[$word]-${galiases[$word]-}}
    [[ -n $value ]] || continue
    known+=("$word")
    held+=" $value"
    _kai_names+=("$word=${${value//$'\n'/;}//[[:cntrl:]]/ }")
    [[ -z ${galiases[$word]-} ]] || _kai_expanded=yes
    words+=(${(s: :)${value//[][:space:];|&()<>\{\}\`\"\'\$\\]/ }})
  done
  [[ $held == *kubectl* ]]
}

# Whether Enter ends a command, or the line only goes on; of several lines, those that would run now
# are what counts. Runs with the options of the shell, by which it is read.
_kai_is_complete() {
  # Words and nothing else: it ends here.
  [[ -z $_kai_expanded && $_kai_text == kubectl\ * \
    && $_kai_text != *[^-A-Za-z0-9\ ./:=,@%+_]* ]] && return 0
  setopt local_options no_warn_nested_var 2>/dev/null
  while true; do
    _kai_parse "$_kai_text" && ! _kai_goes_on && break
    case $_kai_text in
      *$'\n'*) _kai_text=${_kai_text%$'\n'*} ;;
      *) return 1 ;;
    esac
  done
  return 0
}

# The shell's own parser reads the text (and runs nothing). A global alias may stand anywhere, so
# where there is one, the text is what this parser makes of it.
_kai_parse() {
  { functions[_kai_line]=$1 } 2>/dev/null
  ((${+functions[_kai_line]})) || return 1
  [[ -z $_kai_expanded ]] || _kai_expanded=${functions[_kai_line]}
  unset 'functions[_kai_line]'
}

# Whether a text that can be parsed is nevertheless continued: after && and ||, after a backslash, in
# a here-document.
_kai_goes_on() {
  emulate -L zsh -o extended_glob
  [[ $_kai_text == *(\&\&|\|\|)[[:space:]]# ]] && return 0
  [[ $_kai_text == (|*[^\\])(\\\\)#\\ && $_kai_text != *\#* ]] && return 0
  local -a words=("${(@z)_kai_text}")
  local -i at
  for ((at = 1; at < $#words; at++)); do
    [[ $words[at] == ('<<'|'<<-') && $'\n'$_kai_text$'\n' \
      != *$'\n'$'\t'#"${(Q)words[at + 1]}"$'\n'* ]] && return 0
  done
  return 1
}

# Whether the line may run. A guard that does not work is said once, and is in nobody's way.
_kai_is_allowed() {
  emulate -L zsh
  local answer='' problem='' typed='' key='' tier=''
  local -a part
  local -i panel=0 allowed=1
  local -F _kai_seconds=1
  _kai_text=${_kai_text//[$'\x01'-$'\x08\x0b'-$'\x1f\x7f']/ }
  {
    while ((PENDING || KEYS_QUEUED_COUNT)); do # typed before anybody was asked: no answer
      read -k 1 key
      typed+=$key
    done
    if _kai_ask guard "${(F)_kai_names}" "${${_kai_expanded#yes}:-$_kai_text}"; then
      _kai_obey_guard
    elif ((panel)) && [[ $_kai_broken != "$_kai_text" ]]; then
      allowed=0 _kai_broken=$_kai_text # somebody was to be asked: Enter once more runs it
    fi
  } always {
    if ((TRY_BLOCK_INTERRUPT)); then # Ctrl-C: the line stays
      TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0
      allowed=0 problem=''
    fi
    ((!panel)) || _kai_repair
  }
  if ((!allowed)); then
    [[ -z $problem ]] || _kai_say "$problem"
    return 1
  fi
  [[ -z $problem ]] || _kai_confess "${problem%%;*}"
  [[ -z $typed ]] || zle -U -- "$typed"
  return 0
}

# Does what `answer` says, or says in `problem` why the line runs all the same.
_kai_obey_guard() {
  [[ $answer != run ]] || return 0
  local newline=$'\n' split=$'\x1e'
  part=("${(@ps:\x1f:)answer}")
  part=("${(@)part//$split/$newline}")
  case $part[1]:$#part in
    left:<1->) allowed=0 problem=$part[2] ;;
    confirm:<4->)
      if _kai_name_tier "$part[2]"; then
        _kai_confirm || allowed=0
      fi
      ;;
    fail:<2->) problem=${part[2]:-there is no answer} ;;
    *) problem='what came is no answer of kai' ;;
  esac
}

# Asks for the key y, or for a word and Enter.
_kai_confirm() {
  local word=$part[3] reply='' foot
  local -a lines=("$tier" ${(f)part[4]})
  while true; do
    if [[ -z $word ]]; then
      foot='y runs it, any other key leaves the line'
    else
      foot="type $word and Enter to run it, Esc leaves the line: $reply"
    fi
    _kai_show "${(F)lines}" "$foot"
    _kai_await
    case $key in
      $'\r' | $'\n') [[ -n $word && $reply == "$word" ]]; return ;;
      $'\x7f' | $'\b') reply=${reply%?} ;;
      [[:print:]])
        [[ -n $word ]] || { [[ $key == [yY] ]]; return }
        reply+=$key
        ;;
      *) return 1 ;;
    esac
    [[ -n $word ]] || return 1
  done
}

# Says below the next line that runs, once in a shell, that nobody looked at it.
_kai_confess() {
  [[ -z $_kai_confession ]] || return 0
  _kai_confession="kai: this line ran without its guard: $1"
  autoload -Uz add-zsh-hook
  add-zsh-hook preexec _kai_confessing
}

_kai_confessing() {
  add-zsh-hook -d preexec _kai_confessing
  print -ru 2 -- "$_kai_confession"
}

# --- what was run after an offer -----------------------------------------------------------------

_kai_watch() {
  _kai_offered=$1
  ((${preexec_functions[(Ie)_kai_began]})) && return 0
  autoload -Uz add-zsh-hook
  add-zsh-hook preexec _kai_began
  add-zsh-hook precmd _kai_ended
}

_kai_began() {
  [[ -n $_kai_offered ]] || return 0
  typeset -g _kai_running=$_kai_offered _kai_ran=${1:-$3}
  _kai_offered=''
  # What is not for the history is not for kai either.
  [[ -o hist_ignore_space && $_kai_ran == ' '* || ${KAI_DISABLE-} == 1 ]] && _kai_running=''
  return 0
}

# The daemon is told and not waited for; no process, no job, nothing said where it is not there.
_kai_ended() {
  local code=$?
  emulate -L zsh
  [[ -n ${_kai_running-} ]] || return 0
  local REPLY='' socket='' text=$_kai_ran newline=$'\n' split=$'\x1e' separator=$'\x1f'
  local -a fields=(1 ran zsh "$_kai_running" "$code")
  _kai_running='' _kai_ran=''
  ((${#text} <= 4096)) && [[ ${text//[$'\n\t']/} != *[[:cntrl:]]* ]] || return 0
  _kai_socket
  [[ -n $socket ]] && zsocket "$socket" 2>/dev/null || return 0
  local -i fd=$REPLY
  fields+=("${text//$newline/$split}")
  print -ru $fd -- "${(pj:$separator:)fields}" 2>/dev/null
  exec {fd}>&-
}

# --- below the line ------------------------------------------------------------------------------

# Shows TEXT below the line, and FOOT as its last line; never more than half of the screen.
_kai_show() {
  local -i rows=$((LINES / 2 - 1)) columns=$((COLUMNS > 8 ? COLUMNS : 8))
  ((rows > 1)) || rows=1
  local -a shown=(${(f)1})
  local text="kai: ${(F)shown[1,rows]}"
  ((${#text} > rows * columns)) && text="${text[1,rows * columns - 4]} ..."
  [[ -z $2 ]] || text+=$'\n'$2
  zle -M "$text"
}

# Shows TEXT until the next key.
_kai_say() {
  _kai_show "$1"
  _kai_told=yes
  [[ -z $_kai_vanishing ]] || return 0
  _kai_vanishing=yes # it stays: this costs more than being called for every key
  autoload -Uz add-zle-hook-widget
  add-zle-hook-widget line-pre-redraw _kai_vanish
}

_kai_vanish() {
  [[ -n $_kai_told ]] || return 0
  emulate -L zsh
  # Not by the key that said it.
  [[ $LASTWIDGET == *(kai-(emacs|viins|vicmd)-<->|accept-(line|and)*) ]] && return 0
  zle -M ''
  _kai_told=''
}
