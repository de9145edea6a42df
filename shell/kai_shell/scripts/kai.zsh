# kai for zsh: a key rewrites the words at the end of the line into the kubectl command.
# Written by `kai init zsh`; run that again rather than changing this file.
#
#   KAI_KEY, KAI_KEY2   the keys, in the notation of bindkey; empty switches one off
#   KAI_DISABLE=1       the keys do what they did before
#
# The line is sacred: BUFFER is assigned in one place, after everything has been checked. Nothing is
# run from here but, where no daemon answers, kai's own client.
#
# A shell that starts reads as far as the `return`; the rest is read when the key is first pressed.

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

fi
((${#_kai_options})) && setopt "${_kai_options[@]}"
unset _kai_options
[[ -n ${_kai_rest-} ]] || return 0

# --- read when the key is first pressed ----------------------------------------------------------

typeset -gF _kai_seconds=1.8 # deadline of an answer: the prompt is back within two seconds

_kai_rewrite() {
  emulate -L zsh
  local answer='' problem=''
  local -a part
  {
    _kai_ask "$BUFFER" && _kai_obey
  } always {
    if ((TRY_BLOCK_INTERRUPT)); then # Ctrl-C: the line stays
      TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0
      problem='stopped'
    fi
  }
  [[ -z $problem ]] || _kai_say "$problem"
  return 0
}

# --- the question --------------------------------------------------------------------------------

# Puts the one line of an answer into `answer`, or says in `problem` why there is none.
_kai_ask() {
  zmodload zsh/net/socket zsh/system zsh/datetime 2>/dev/null || {
    problem='this zsh lacks one of its modules zsh/net/socket, zsh/system and zsh/datetime'
    return 1
  }
  if [[ ${1//[$'\n\t']/} == *[[:cntrl:]]* ]]; then
    problem='the line holds control characters; it is as it was'
    return 1
  fi
  local kubeconfig='' field newline=$'\n' split=$'\x1e' separator=$'\x1f'
  local -a fields
  # What is not exported does not reach kubectl either.
  [[ ${(t)KUBECONFIG-} == *export* ]] && kubeconfig=$KUBECONFIG
  for field in 1 ask zsh "$TTY" "$COLUMNS" "$PWD" "$kubeconfig" '' "$1"; do
    field=${field//[$'\x1e\x1f\0']/}
    fields+=("${field//$newline/$split}")
  done
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
    *) problem='what came is no answer of kai; kai daemon stop ends what sent it' ;;
  esac
  return 1
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
      _kai_read $fd
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
    _kai_read $fd
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

# Reads one line from the descriptor into `answer`, before the time `until`. 1: it ended before; 2: not in time; 3: not a line.
_kai_read() {
  local chunk=''
  local -F left
  answer=''
  while [[ $answer != *$'\n'* ]]; do
    ((${#answer} <= 65536)) || return 3
    left=$((until - EPOCHREALTIME))
    ((left > 0)) || return 2
    ((left <= _kai_seconds)) || left=$_kai_seconds # the clock was set back
    sysread -i $1 -t $left chunk
    case $? in
      0) answer+=$chunk ;;
      4) return 2 ;;
      *) return 1 ;;
    esac
  done
  answer=${answer%$'\n'}
  ((${#answer} <= 65536)) || return 3
  [[ $answer != *$'\n'* ]] || return 3
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
      _kai_put "$part[2]" && [[ -n $part[3] ]] && _kai_say "$part[3]"
      ;;
    offer:<5->) _kai_offer ;;
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

# The one place where the line changes: one plain printable line, one step of undo.
_kai_put() {
  _kai_is_plain "$1" || return 1
  zle .split-undo 2>/dev/null
  BUFFER=$1
  CURSOR=$#BUFFER
}

# An answer that needs a yes: Enter takes it, every other key leaves the line.
_kai_offer() {
  local tier key='' more=''
  case $part[4] in
    read) tier='only reads' ;;
    write) tier='changes something in the cluster' ;;
    destructive) tier='DESTRUCTIVE: deletes, stops or weakens something' ;;
    *)
      problem='what came is no answer of kai; the line is as it was'
      return 1
      ;;
  esac
  _kai_is_plain "$part[2]" || return 1
  # Keys typed before the offer could be seen are no answer to it.
  if ((PENDING || KEYS_QUEUED_COUNT)); then
    problem='there is an answer that needs a yes; press the key again'
    return 1
  fi
  # The tier first: it is never what a small screen cuts off.
  local -a lines=("$tier" "$part[2]" $part[3] ${(f)part[5]})
  _kai_show "${(F)lines}" 'Enter takes it, any other key leaves the line'
  zle -R # paints it now, not when the widget ends
  {
    read -k 1 key
    # Esc may be the begin of a longer sequence (an arrow): all of it is one key.
    if [[ $key == $'\e' ]]; then
      read -t 0.02 -k 1 more && [[ $more == [\[O] ]] \
        && while read -t 0.02 -k 1 more && [[ $more == [0-9\;?] ]]; do :; done
    fi
  } always {
    zle -M ''
  }
  case $key in
    $'\r' | $'\n') _kai_put "$part[2]" ;;
    [[:print:]]) zle -U -- "$key" ;; # who goes on typing goes on typing
  esac
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
  autoload -Uz add-zle-hook-widget
  add-zle-hook-widget line-pre-redraw _kai_vanish
}

_kai_vanish() {
  emulate -L zsh
  [[ $LASTWIDGET == *kai-(emacs|viins|vicmd)-<-> ]] && return 0
  zle -M ''
  add-zle-hook-widget -d line-pre-redraw _kai_vanish
}

