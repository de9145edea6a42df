# shellcheck shell=bash
# kai for bash: a key rewrites the words at the end of the line into the kubectl command. For a bash
# before 4.4 there is kai-old.bash.
# Written by `kai init bash`; run that again rather than changing this file.
#
#   KAI_KEY, KAI_KEY2   the keys, in the notation of zsh's bindkey (^K, ^[k) or of bash's bind;
#                       empty switches one off
#   KAI_GUARD           1: Enter asks before a line that destroys something; 0: it does not
#   KAI_DISABLE=1       the keys do what they did before
#
# The line is sacred: READLINE_LINE is assigned in one place, after everything has been checked.
# Nothing is run from here but, where no daemon answers, kai's own client.
#
# A shell that starts reads as far as the `return`; the rest is read when a key is first pressed.

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  # shellcheck disable=SC1090,SC1091 # beside this file
  [[ -r ${BASH_SOURCE[0]%.bash}-old.bash ]] && . "${BASH_SOURCE[0]%.bash}-old.bash"
  return 0
fi

# What is aliased would change how the functions below are read.
_kai_aliases=''
\shopt -q expand_aliases && _kai_aliases=1
\shopt -u expand_aliases

if [[ -z ${_kai_rest-} ]]; then

_kai_python=@PYTHON@
_kai_file=${BASH_SOURCE[0]}
[[ $_kai_file == /* ]] || _kai_file=$PWD/$_kai_file
_kai_key=${KAI_KEY-@KEY@} _kai_key2=${KAI_KEY2-@KEY2@}
_kai_guard=${KAI_GUARD-@GUARD@}
_kai_asked=${_kai_asked-}
# Keymap and number of a key -> what it did before; and what it does next.
declare -gA _kai_before _kai_then

# Readline can run a function of the shell for a key, but that function cannot run one of readline's.
# So a key is a macro of two sequences that no terminal sends: the first runs _kai_press, which binds
# the second to what the key did before, or to nothing.
_kai_press() { # KEYMAP NUMBER
  { local - _kai_status=$? last=$_; set +eux; } 2>/dev/null
  local IFS=$' \t\n' early=''
  _kai_last=$last
  [[ -z $_kai_asked ]] || _kai_learn
  if ((${#FUNCNAME[@]} > 1)); then
    # No prompt of the shell, but a `read -e` in a function.
    _kai_next "$1" "$2" "${_kai_before[$1 $2]-}"
  elif (($2 < 3)) && _kai_is_ours "$1"; then
    _kai_next "$1" "$2" ''
    if _kai_is_whole; then
      _kai_within "$1" "$2" ask
    else
      printf '%s\n' "kai: $_kai_file cannot be read; kai init bash writes it"
    fi
  elif (($2 < 3)) || ! _kai_is_whole || _kai_may_run "$1" "$2"; then
    _kai_next "$1" "$2" "${early:-${_kai_before[$1 $2]-}}"
  fi
}

# Only at the end of a line that is not empty; there kill-line does nothing anyway.
_kai_is_ours() { # KEYMAP
  local -i end=${#READLINE_LINE}
  [[ $1 != vi-command ]] || end+=-1
  [[ ${KAI_DISABLE-} != 1 && $READLINE_LINE == *[![:space:]]* ]] && ((READLINE_POINT >= end))
}

# Binds what follows in the macro of a key: a binding as bind prints it, or nothing.
_kai_next() { # KEYMAP NUMBER BINDING
  [[ ${_kai_then[$1 $2]-} != ".$3" ]] || return 0
  _kai_then[$1 $2]=.$3
  local sequence="\"\\e[999$2;2~\":" entry=''
  case $3 in
    '') bind -m "$1" "$sequence \"\"" ;;
    command\ *)
      entry=${3#command \"}
      entry=${entry%\"}
      entry=${entry//'\"'/'"'}
      entry=${entry//$'\\\\'/$'\\'}
      bind -m "$1" -x "$sequence $entry"
      ;;
    self-insert | quoted-insert)
      # These take the key that was pressed, which is the last one of our sequence.
      for entry in "${_kai_wanted[@]}"; do
        [[ $entry == "$1 $2 "* ]] || continue
        bind -m "$1" '"\e[9990;1~": quoted-insert' "$sequence \"\\e[9990;1~${entry#* * }\""
      done
      ;;
    *) bind -m "$1" "$sequence $3" ;;
  esac
}

_kai_is_whole() {
  local _kai_rest=1
  # shellcheck disable=SC1090 # this file
  declare -F _kai_within >/dev/null || source "$_kai_file" 2>/dev/null
  declare -F _kai_within >/dev/null
}

# Puts the binding of a key of another notation into `key` as bind wants it: ^K is \C-k, ^[ is \e.
_kai_spell() {
  local letter=''
  key=${key//\\M-/\\e}
  while [[ $key == *^?* ]]; do
    letter=${key#*^}
    letter=${letter:0:1}
    if [[ $letter == '[' ]]; then
      key=${key%%^*}\\e${key#*^?}
    else
      key=${key%%^*}\\C-${letter,,}${key#*^?}
    fi
  done
}

_kai_bind() {
  local which=0 map='' key='' name='' after=''
  local -a wanted=() wished=()
  for key in "$_kai_key" "$_kai_key2" '\C-m' '\C-j'; do
    ((++which))
    [[ -n $key && ($which -lt 3 || $_kai_guard == 1) ]] || continue
    _kai_spell
    wished+=(-e "\"$key\":")
    for map in emacs vi-insert vi-command; do
      # In vi, Esc and then k is what people type to go up: Alt-K only where somebody asks for it.
      name=KAI_KEY${which#1}
      [[ $map != emacs && $key == '\e'* && -z ${!name-} ]] && continue
      wanted+=("$map $which $key")
    done
  done
  ((${#wanted[@]})) || return 0
  [[ -z $_kai_asked ]] || _kai_learn # loaded a second time
  # What the keys did before is found out by a process that has the bindings as they are now, behind
  # the back of the shell that starts; _kai_learn reads it when a key is first pressed.
  exec {_kai_asked}< <(
    for map in emacs vi-insert vi-command; do
      printf '%s\n' "keymap $map"
      bind -m "$map" -p
      bind -m "$map" -s
      printf '%s\n' "keymap $map command"
      bind -m "$map" -X
    done 2>/dev/null | grep -F -e 'keymap ' "${wished[@]}"
  )
  _kai_wanted=("${wanted[@]}") _kai_then=()
  for name in "${wanted[@]}"; do
    map=${name%% *} key=${name#* * }
    which=${name#* }
    which=${which%% *} after='""'
    ((which < 3)) || after=accept-line _kai_then["$map $which"]=.accept-line
    bind -m "$map" -x "\"\\e[999$which;1~\": _kai_press $map $which; : \"\$_kai_last\""
    bind -m "$map" "\"\\e[999$which;2~\": $after"
    bind -m "$map" "\"$key\": \"\\e[999$which;1~\\e[999$which;2~\""
  done
}

# Reads what the keys did before into `_kai_before`.
_kai_learn() {
  local line='' map='' command='' entry=''
  for entry in "${_kai_wanted[@]}"; do
    [[ $entry != *' '[34]' '* ]] || _kai_before[${entry% *}]=accept-line # whatever happens
  done
  while IFS= read -r -t 2 -u "$_kai_asked" line; do
    if [[ $line == 'keymap '* ]]; then
      map=${line#keymap } command=''
      [[ $map != *' command' ]] || command='command ' map=${map% *}
    fi
    for entry in "${_kai_wanted[@]}"; do
      [[ $entry == "$map "* && $line == "\"${entry#* * }\":"* ]] || continue
      [[ $line == *'"\e[999'* ]] && continue # ours
      entry=${entry% *}
      _kai_before[$entry]=$command${line#*'": '}
    done
  done
  exec {_kai_asked}<&-
  _kai_asked=''
}

if [[ $- == *i* && ($SHELLOPTS == *emacs* || :$SHELLOPTS: == *:vi:*) ]]; then
  _kai_bind
fi
unset -f _kai_bind _kai_spell
unset -f _kai_within # of a file that was read before

if [[ -n $_kai_aliases ]]; then
  shopt -s expand_aliases
fi
unset -v _kai_aliases
return 0

fi

# --- read when a key is first pressed -------------------------------------------------------------

_kai_place='' _kai_folder='' _kai_reply='' _kai_self='' _kai_tty='' _kai_modes='' # see _kai_ready
_kai_count=0
_kai_offered='' _kai_entry=0 # the last offer's name, and how many lines the history had then
_kai_warned='' _kai_broken=''         # of the guard: whether it said that it is broken, and for which line
_kai_controls=$'\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15'
_kai_controls+=$'\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f' # what no line of text has
_kai_begun='' _kai_begun_status=''     # what was entered of a line that goes on

# Whether the line may be run, as far as kai goes: a guard that does not work blocks nobody.
_kai_may_run() { # KEYMAP NUMBER
  local aliases='' run=1 before=$_kai_begun text='' end=''
  [[ ${KAI_DISABLE-} != 1 && ${KAI_GUARD-1} != 0 ]] || return 0
  # A line that goes on is judged when it ends. Ctrl-C there shows in the status alone.
  [[ $_kai_status == "$_kai_begun_status" ]] || before=''
  text=$before$READLINE_LINE
  _kai_begun=''
  end=${text##*[!\\]}
  if ((${#end} % 2)); then
    _kai_begun=${text%?} _kai_begun_status=$_kai_status
    return 0
  fi
  _kai_holds_kubectl || return 0
  text=${text//[$_kai_controls]/ }
  # Somebody was to be asked, and that broke off: Enter once more runs the line.
  if [[ $text == "$_kai_broken" ]]; then
    _kai_broken=''
  else
    _kai_broken=''
    _kai_within "$1" "$2" guard
  fi
  ((run)) && return 0
  _kai_begun=$before
  return 1
}

# Whether the line can hold kubectl; puts the aliases that stand in it into `aliases`.
_kai_holds_kubectl() {
  local word='' rest=$text all=$text seen=' ' more=1
  set -f
  while ((more)); do
    more=0
    for word in ${rest//[;|&(){\}<>\"\'\`\\]/ }; do
      [[ ${BASH_ALIASES[$word]+x} && $seen != *" $word "* ]] || continue
      seen+="$word " more=1
      aliases+=${aliases:+$'\n'}$word=${BASH_ALIASES[$word]}
      all+=" ${BASH_ALIASES[$word]}"
    done
    rest=$all
  done
  [[ $all == *kubectl* ]]
}

# --- asking, with everything put right again whatever happens -------------------------------------

_kai_within() { # KEYMAP NUMBER KIND
  [[ $3 == guard ]] || local run=0
  local keymap=$1 number=$2 kind=$3 answer='' problem='' drawn='' stopped='' typed='' trap=''
  local fd=-1 self=-1 below=0 left=8 # polls of 0.2 s until there is an answer: the prompt is back within two seconds
  local -a part=()
  if _kai_ready; then
    # The trap of the user is read through a FIFO that nobody else writes to: no process.
    exec {self}<>"$_kai_self"
    trap -p INT >&"$self"
    printf '\0' >&"$self"
    IFS= read -r -d '' -t 1 -u "$self" trap
    exec {self}>&-
    trap 'stopped=1' INT # without it Ctrl-C would take the line along
    exec {fd}<>"$_kai_reply"
    "_kai_$3"
    exec {fd}>&-
    [[ -z $drawn ]] || printf '\r\e[J'
    if [[ -n $trap ]]; then eval "$trap"; else trap - INT; fi
    if [[ -n $stopped ]]; then
      run=0
      problem=stopped
    fi
  fi
  if [[ $3 == guard && -n $problem ]] && ((run)); then
    [[ -n $_kai_warned ]] || _kai_say "this line ran without its guard: $problem"
    _kai_warned=1
  elif [[ -n $problem ]]; then
    _kai_say "$problem"
  fi
  # Who goes on typing goes on typing.
  _kai_next "$1" "$2" "${typed:+\"$typed\"}"
}

# Finds the folder of kai_shell/daemon/runtime.py and makes two FIFOs in it: one process, once.
_kai_ready() {
  local place=${XDG_RUNTIME_DIR-}$'\n'${XDG_STATE_HOME-}$'\n'${HOME-}
  [[ $place == "$_kai_place" && -O $_kai_folder && ! -L $_kai_folder ]] \
    && [[ -p $_kai_reply && -O $_kai_reply && -p $_kai_self && -O $_kai_self ]] && return 0
  local found=''
  found=$(_kai_look)$'\n\n\n'
  _kai_folder=${found%%$'\n'*}
  found=${found#*$'\n'}
  _kai_tty=${found%%$'\n'*}
  found=${found#*$'\n'}
  _kai_modes=${found%%$'\n'*}
  _kai_reply=$_kai_folder/reply.$$ _kai_self=$_kai_folder/self.$$
  [[ $_kai_tty == /* ]] || _kai_tty=''
  if [[ $_kai_folder == /* && -p $_kai_reply && -p $_kai_self ]]; then
    _kai_place=$place
    return 0
  fi
  problem="kai has no folder that is yours alone; kai doctor says why"
  return 1
}

_kai_look() {
  local folder='' file=''
  umask 077
  set +f
  shopt -u failglob
  folder=${XDG_STATE_HOME-}
  [[ $folder == /* ]] || folder=$HOME/.local/state
  folder+=/kai/run
  [[ ${XDG_RUNTIME_DIR-} != /* ]] || ! _kai_is_private "$XDG_RUNTIME_DIR" || folder=$XDG_RUNTIME_DIR/kai
  [[ -d $folder ]] || command mkdir -p -m 700 -- "$folder" 2>/dev/null
  _kai_is_private "$folder" && [[ $folder != *$'\n'* ]] || return 0
  # What shells left behind that have ended.
  for file in "$folder"/reply.* "$folder"/self.*; do
    [[ -p $file && ${file##*.} != *[!0-9]* ]] || continue
    kill -0 "${file##*.}" 2>/dev/null || command rm -f -- "$file"
  done
  for file in "$folder/reply.$$" "$folder/self.$$"; do
    [[ -p $file ]] || command mkfifo -m 600 -- "$file" 2>/dev/null
  done
  printf '%s\n' "$folder"
  command tty 2>/dev/null || printf '\n'
  command stty -g 2>/dev/null
}

_kai_is_private() { # FOLDER
  local mode=''
  [[ -d $1 && ! -L $1 && -O $1 ]] && mode=$(LC_ALL=C command ls -ldn -- "$1") \
    && [[ $mode == d???------* ]]
}

# --- the question ---------------------------------------------------------------------------------

_kai_ask() {
  local text=$READLINE_LINE
  _kai_talk '' || return
  if [[ ${part[0]} == offer && ${#part[@]} -ge 5 && ${TERM-dumb} != dumb && -n $_kai_tty ]]; then
    _kai_panel || return
  fi
  _kai_obey
}

_kai_guard() {
  local how=0
  left=5
  _kai_talk ''
  how=$?
  if ((how == 0)) && [[ ${part[0]} == confirm && ${#part[@]} -ge 4 && ${TERM-dumb} != dumb && -n $_kai_tty ]]; then
    left=5
    _kai_panel
    how=$?
  fi
  if ((how == 4)); then
    run=0 _kai_broken=$text
  elif ((how == 0)); then
    case ${part[0]}:${#part[@]} in
      run:1) ;;
      left:*) run=0 problem=${part[1]-} ;;
      confirm:[4-9]) _kai_confirm ;;
      fail:[2-9]) problem=${part[1]:-there is no answer} ;;
      *) problem='what came is no answer of kai' ;;
    esac
  fi
}

# Asks again, with the line on the screen and all that a panel needs that is drawn below it.
_kai_panel() {
  _kai_draw
  printf '\e7'
  _kai_talk panel
}

# Asks and puts the fields of the answer into `part`, or says in `problem` why there is none.
_kai_talk() { # PANEL
  if [[ ${text//[$'\n\t']/} == *[[:cntrl:]]* ]]; then
    problem='the line holds control characters; it is as it was'
    return 1
  fi
  local kubeconfig='' env='' name='' field='' how=0 line=1$'\x1f'$kind$'\x1f'bash
  # What is not exported does not reach kubectl either.
  # shellcheck disable=SC2153 # a variable of the user
  [[ ${KUBECONFIG@a} != *x* ]] || kubeconfig=$KUBECONFIG
  for name in TERM COLORTERM NO_COLOR LANG LC_ALL "${!KAI_@}"; do
    [[ ${!name@a} == *x* && ${!name} != *[[:cntrl:]]* ]] && env+=$name=${!name}$'\n'
  done
  env+=LINES=${LINES-}${1:+$'\n'PANEL=1}
  local -a fields=("$_kai_tty" "${COLUMNS-}" "$PWD" "$kubeconfig" "$env")
  [[ $kind == ask ]] || fields+=("$aliases")
  for field in "${fields[@]}" "$text"; do
    field=${field//[$'\x1e\x1f']/}
    line+=$'\x1f'${field//$'\n'/$'\x1e'}
  done
  if ((${#line} > 32768)); then
    problem='the line is too long; it is as it was'
    return 1
  fi
  _kai_exchange "$line"
  how=$?
  case $how in
    0) ;;
    1) problem='kai could not be started; kai doctor says why' ;;
    2) problem='no answer in time; press the key again (kai doctor, where that stays so)' ;;
    3)
      # Who sends on has that FIFO; _kai_ready makes another one.
      command rm -f -- "$_kai_reply"
      problem='what came is no answer of kai; kai daemon stop ends what sent it'
      ;;
    4) problem='kai went away; the line is as it was, press the key again' ;;
  esac
  return "$how"
}

# Asks the daemon; one that is not there or goes away is what the client is for, which starts it.
_kai_exchange() { # LINE
  local mark=$((++_kai_count)) waited='' how=1 out=-1
  if _kai_is_there && _kai_is_short "$1" && exec {out}<>"$_kai_folder/ask.fifo"; then
    printf '%s\n' "$_kai_reply*$mark"$'\x1f'"$1" >&"$out"
    _kai_read
    how=$?
    # What a daemon that hangs has not taken would one day fill the pipe, and block who writes.
    if ((how == 2)); then
      while read -r -t 0 -u "$out"; do read -r -t 0.05 -u "$out" || break; done
    fi
    exec {out}>&-
  fi 2>/dev/null
  ((how == 1)) || return "$how"
  # In a process of its own group with a parent that has ended: no job, no job line, no $!.
  (
    exec 2>/dev/null
    {
      printf '%s' "$mark"$'\x1f'
      printf '%s\n' "$1" | "$_kai_python" -P -m kai_shell.daemon.client
      printf '\n'
    } >&"$fd" &
  )
  _kai_read client
}

# Whether a daemon listens, as far as that can be seen for nothing; who hangs is found out later.
_kai_is_there() {
  local fifo=$_kai_folder/ask.fifo pid=''
  [[ -p $fifo && -O $fifo && ! -L $fifo ]] || return 1
  IFS= read -r pid <"$_kai_folder/kai.lock"
  [[ -n $pid && $pid != *[!0-9]* ]] && kill -0 "$pid"
} 2>/dev/null

# Whether the line is written in one piece, so that those of two shells do not mix.
_kai_is_short() { # LINE
  local LC_ALL=C
  ((${#1} + ${#_kai_reply} < 4000))
}

# Reads lines until one with our mark that is the answer, and puts its fields into `part`.
# 1: who was asked is not there any more; 2: not in time; 3: not a line; 4: gone with an open panel.
_kai_read() { # [client]
  local chunk='' how=0 lines=0
  answer=''
  while ((${#answer} <= 65536 && lines < 99)); do
    [[ -z $stopped || -n $waited ]] || return 2
    IFS= read -r -t 0.2 -n 65537 -u "$fd" chunk
    how=$?
    answer+=$chunk
    if ((how == 0)); then
      ((${#answer} <= 65536)) || return 3
      if [[ $answer == "$mark"$'\x1f'* ]]; then
        _kai_split || return
        [[ ${part[0]} == wait ]] || return 0
        waited=1 left=15 lines=0
      else
        ((++lines)) # late, and to an earlier question
      fi
      answer=''
    elif ((how > 128)); then
      ((left-- > 0)) || break
      [[ -n $drawn ]] || _kai_draw # readline has wiped the line, and this takes its time
      [[ -n $1 ]] || _kai_is_there || break
    else
      return 1
    fi
  done
  ((${#answer} <= 65536 && lines < 99)) || return 3
  if [[ -n $waited ]]; then
    _kai_repair
    return 4
  fi
  ((left > 0)) && return 1
  return 2
}

# Puts the fields of `answer` into `part`. Of all control characters only the two of the protocol.
_kai_split() {
  local rest=${answer#*$'\x1f'} field=''
  [[ ${rest//[$'\x1e\x1f']/} != *[[:cntrl:]]* ]] || return 3
  [[ -n $rest ]] || return 1
  rest+=$'\x1f'
  part=()
  while [[ -n $rest ]] && ((${#part[@]} < 16)); do
    field=${rest%%$'\x1f'*}
    part+=("${field//$'\x1e'/$'\n'}")
    rest=${rest:${#field}+1} # the shortest match of a pattern is looked for in quadratic time
  done
}

# --- the answer -----------------------------------------------------------------------------------

# Does what `part` says, or says in `problem` why not.
_kai_obey() {
  case ${part[0]}:${#part[@]} in
    put:[3-9])
      _kai_put "${part[1]}" "${part[3]-}" "${part[4]-}" && [[ -n ${part[2]} ]] && _kai_say "${part[2]}"
      ;;
    offer:[5-9]) _kai_offer ;;
    left:*) problem=${part[1]-} ;;
    none:[2-9] | fail:[2-9]) problem=${part[1]:-there is no answer} ;;
    *) problem='what came is no answer of kai; the line is as it was' ;;
  esac
}

# Whether this may stand on a line: printable, and nothing that is invisible or turns the direction
# of writing (U+200B-200F, 2028-202E, 2060-206F, FEFF and the tags), compared as bytes so that no
# locale can say otherwise.
_kai_is_plain() { # TEXT
  if [[ -n $1 && $1 != *[^[:print:]]* ]] && ((${#1} <= 16384)); then
    local LC_ALL=C
    case $1 in
      *$'\xe2\x80'[$'\x8b'-$'\x8f'$'\xa8'-$'\xae']* | *$'\xe2\x81'[$'\xa0'-$'\xaf']*) ;;
      *$'\xef\xbb\xbf'* | *$'\xf3\xa0'* | *$'\xc2'[$'\x80'-$'\x9f']*) ;;
      *) return 0 ;;
    esac
  fi
  problem='the answer holds what does not belong on a line; yours is as it was'
  return 1
}

# The one place where the line changes: one plain printable line, one step of undo.
_kai_put() { # COMMAND KEEP ID
  _kai_is_plain "$1" || return 1
  READLINE_LINE=$1
  READLINE_POINT=65536
  if [[ $2 == '# '* ]] && _kai_is_plain "$2"; then
    history -s -- "$2"
  fi
  problem=''
  [[ -z $3 ]] || _kai_watch "$3"
}

# An answer that needs a yes: Enter takes it, every other key leaves the line.
_kai_offer() {
  local tier='' key=''
  case ${part[3]} in
    read) tier='only reads' ;;
    write) tier='changes something in the cluster' ;;
    destructive) tier='DESTRUCTIVE: deletes, stops or weakens something' ;;
    *)
      problem='what came is no answer of kai; the line is as it was'
      return 1
      ;;
  esac
  _kai_is_plain "${part[1]}" || return 1
  # Keys typed before the offer could be seen are no answer to it.
  if read -r -t 0; then
    problem='there is an answer that needs a yes; press the key again'
    return 1
  fi
  local text="$tier"$'\n'"${part[1]}"$'\n'"${part[2]}"$'\n'"${part[4]}"
  _kai_below "$text" 'Enter takes it, any other key leaves the line'
  _kai_key
  _kai_unbelow
  case $key in
    $'\r' | $'\n') [[ -n $stopped ]] || _kai_put "${part[1]}" "${part[5]-}" "${part[6]-}" ;;
    [[:print:]]) _kai_type ;;
  esac
}

# A key that was no answer is typed after all.
_kai_type() {
  typed=${key//$'\\'/$'\\\\'}
  typed=${typed//'"'/'\"'}
}

# The line may be run only after a yes: the key y, or a word that has to be typed. What was typed
# before the question is no answer; it comes after the line, or goes with it.
_kai_confirm() {
  local key='' word='' ahead='' tier=${part[1]} foot='y runs it, any other key leaves the line'
  run=0
  while read -r -t 0 && IFS= read -r -s -d '' -N 1 -t 0.05 key; do ahead+=$key; done
  [[ $tier != destructive ]] || tier='DESTRUCTIVE: deletes, stops or weakens something'
  [[ $tier != write ]] || tier='changes something in the cluster'
  [[ -z ${part[2]} ]] || foot="type ${part[2]} and Enter to run it, Esc leaves the line: "
  _kai_below "$tier"$'\n'"${part[3]}" "$foot"
  if [[ -z ${part[2]} ]]; then
    _kai_key
    [[ $key != [yY] || -n $stopped ]] || run=1
  else
    while _kai_key && [[ $key == [[:print:]] || $key == [$'\x7f\b'] ]]; do
      if [[ $key == [[:print:]] ]]; then
        word+=$key
        printf '%s' "$key"
      elif [[ -n $word ]]; then
        word=${word%?}
        printf '\b \b'
      fi
    done
    [[ -n $stopped || $key != [$'\r\n'] || $word != "${part[2]}" ]] || run=1
  fi
  _kai_unbelow
  ((run)) && [[ -n $ahead ]] || return 0
  key=$ahead
  _kai_type
  # The macro goes on with them once the line is accepted.
  bind -m "$keymap" "\"\\e[9990;2~\": ${_kai_before[$keymap $number]}"
  early="\"\\e[9990;2~$typed\"" typed=''
}

# Reads one key into `key`; the begin of a longer sequence (an arrow) with all of it.
_kai_key() {
  local more='' how=0
  key=''
  until [[ -n $stopped ]]; do
    IFS= read -r -s -d '' -N 1 -t 0.2 key
    how=$?
    ((how <= 128)) && break
  done
  if [[ -n $stopped ]]; then
    _kai_type
  elif [[ $key == $'\e' ]]; then
    IFS= read -r -s -d '' -N 1 -t 0.02 more && [[ $more == [\[O] ]] \
      && while IFS= read -r -s -d '' -N 1 -t 0.02 more && [[ $more == [0-9\;?] ]]; do :; done
  fi
  [[ -z $stopped ]] && ((how == 0))
}

# --- the screen -----------------------------------------------------------------------------------

# Readline has wiped the line, of which the prompt's last line is a part. What is said takes its
# place; then readline paints the line again, below it.
_kai_say() { # TEXT
  local -a rows=()
  [[ -z $drawn ]] || printf '\r\e[J'
  drawn=''
  _kai_rows "kai: $1"
  printf '%s\n' "${rows[@]}"
}

# Cuts a text into rows that fit on the screen, at most half of it, and puts them into `rows`.
_kai_rows() { # TEXT
  local line='' text=$1$'\n'
  local -i width=$((${COLUMNS:-80} - 1)) most=$((${LINES:-24} / 2 - 1))
  ((width > 8)) || width=8
  ((most > 1)) || most=1
  rows=()
  # Of letters beyond ASCII some are two columns wide.
  [[ $1 != *[![:ascii:]]* ]] || width=width/2
  while [[ -n $text ]]; do
    line=${text%%$'\n'*}
    text=${text#*$'\n'}
    while [[ -n $line ]]; do
      if ((${#rows[@]} == most)); then
        rows[most - 1]=${rows[most - 1]:0:width - 4}' ...'
        return 0
      fi
      rows+=("${line:0:width}")
      line=${line:width}
    done
  done
}

# Paints the prompt's last line and as much of the text as fits beside it.
_kai_draw() {
  [[ ${TERM-dumb} != dumb ]] || return 0
  local IFS=$' \t\n' prompt='' bare='' text=${READLINE_LINE//[$'\n\t']/ }
  _kai_status
  prompt=${PS1@P}
  prompt=${prompt##*$'\n'}
  bare=$prompt$'\x01\x02'
  while [[ $bare == *$'\x01'*$'\x02'* ]]; do
    bare=${bare%%$'\x01'*}${bare#*$'\x02'}
  done
  local -i room=$((${COLUMNS:-80} - 1 - ${#bare}))
  [[ $text != *[![:ascii:]]* ]] || room=room/2
  ((room >= ${#text})) || text=${text:0:room > 1 ? room - 1 : 0}
  printf '\r\e[K%s%s' "${prompt//[$'\x01\x02']/}" "$text"
  drawn=1
}

_kai_status() { return "${_kai_status:-0}"; }

# Paints rows below the line, and `_kai_unbelow` takes them away.
_kai_below() { # TEXT FOOT
  local -a rows=()
  [[ -n $drawn ]] || _kai_draw
  _kai_rows "kai: $1"
  printf '\n%s' "${rows[@]}" "${2:0:${COLUMNS:-80} - 1}"
  below=$((${#rows[@]} + 1))
}

_kai_unbelow() {
  if [[ -n $drawn ]]; then
    printf '\r\e[%sA\e[J' "$below"
  else
    printf '\n'
  fi
  drawn=''
}

# A panel was open, and who drew it is gone: the terminal as it was, the picture away.
_kai_repair() {
  printf '\e8\e[0m\e[?25h\r\e[J'
  drawn=''
  [[ -z $_kai_modes ]] || command stty "$_kai_modes" 2>/dev/null
}

# --- what became of an offer ----------------------------------------------------------------------

# From the next prompt on, tells the daemon what was run after its offer, once.
_kai_watch() { # ID
  _kai_offered=$1
  _kai_entry=$HISTCMD
  local hook=_kai_ran
  if [[ ${bash_preexec_imported-}${__bp_imported-} ]]; then
    [[ " ${precmd_functions[*]-} " == *" $hook "* ]] || precmd_functions+=("$hook")
  elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
    # Beside what is there, each of which gets the status of the command.
    [[ " ${PROMPT_COMMAND[*]-} " == *" $hook "* ]] || PROMPT_COMMAND+=("$hook")
  else
    # shellcheck disable=SC2128,SC2178 # a string in these versions
    [[ ${PROMPT_COMMAND-} == *"$hook"* ]] || PROMPT_COMMAND=$hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}
  fi 2>/dev/null # a PROMPT_COMMAND that is read-only
}

_kai_ran() {
  local _kai_status=$?
  [[ -n $_kai_offered ]] || return "$_kai_status"
  { local - last=$_; set +eux; } 2>/dev/null
  _kai_tell "$_kai_status"
  _kai_offered=''
  : "$last"
  return "$_kai_status"
}

_kai_tell() { # STATUS
  local IFS=$' \t\n' text='' line='' out=-1
  # Not a new line of the history: nothing was run, or it is nobody's business.
  text=$(HISTTIMEFORMAT='' history 1)
  text=${text#"${text%%[![:space:]]*}"}
  [[ ${text%%[* ]*} == "$_kai_entry" ]] || return 0
  text=${text#*[ *]}
  text=${text#"${text%%[![:space:]]*}"}
  text=${text//[$'\x1e\x1f']/}
  line=1$'\x1f'ran$'\x1f'bash$'\x1f'$_kai_offered$'\x1f'$1$'\x1f'${text//$'\n'/$'\x1e'}
  _kai_is_there && _kai_is_short "$line" && exec {out}<>"$_kai_folder/ask.fifo" || return 0
  printf '%s\n' "$_kai_reply"$'\x1f'"$line" >&"$out"
  exec {out}>&-
} 2>/dev/null

if [[ -n $_kai_aliases ]]; then
  shopt -s expand_aliases
fi
unset -v _kai_aliases
