# shellcheck shell=bash
# kai for a bash before 4.4 (macOS has 3.2): a key rewrites the words on the line into the command.
# Written by `kai init bash`, and read by kai.bash.
#
# A function cannot see the line here, so the key is a macro: it makes the line the text of a here
# document with an end that nobody guesses, which no shell expands or runs, and enters that. The
# answer comes back as the last entry of the history. There the words are too: Up is undo.
#
#   KAI_KEY2, ^[k   the key; Ctrl-K stays what it is (where in the line the cursor is cannot be known
#                   here), but where KAI_KEY asks for it
#   KAI_DISABLE=1   the line comes back as it was

_kai_python=@PYTHON@
_kai_key2=${KAI_KEY2-@KEY2@}
_kai_end=kai-$$-$RANDOM-$RANDOM

_kai_old_bind() {
  local key
  # Without comments the `#` in front would not keep the history's `!` from being expanded.
  shopt -q interactive_comments || return 0
  bind '"\e[9990;3~": beginning-of-line' '"\e[9990;4~": end-of-line'
  bind '"\e[9990;5~": accept-line' '"\e[9990;6~": previous-history'
  bind '"\e[9990;1~": quoted-insert'
  local enter='\e[9990;1~\C-j'
  for key in "${KAI_KEY-}" "$_kai_key2"; do
    while [[ $key == *^?* ]]; do
      case $key in
        *^\[*) key=${key%%^\[*}\\e${key#*^\[} ;;
        *) key=${key%%^*}\\C-${key#*^} ;;
      esac
    done
    [[ -z $key ]] || bind "\"$key\": \"\\e[9990;3~#$enter _kai_old <<'$_kai_end'$enter\\e[9990;4~$enter$_kai_end\\e[9990;5~\\e[9990;6~\\e[9990;4~\""
  done
}

_kai_old() {
  local status=$? words='' line='' answer='' problem='' entry='' IFS=$' \t\n'
  local HISTCONTROL='' HISTIGNORE='' # the words are kept, whatever they begin with
  local -a part
  IFS= read -r -d '' words
  words=${words%$'\n'}
  _kai_old_forget
  _kai_old_wipe
  line=$words
  if [[ :$SHELLOPTS: != *:history:* || ${HISTSIZE-1} == 0 ]]; then
    printf 'kai: without a history the line cannot be changed; it was:\n%s\n' "$words"
    return "$status"
  fi
  history -s -- "$words" # Ctrl-C from here on finds it there
  if [[ ${KAI_DISABLE-} != 1 && $words == *[![:space:]]* ]]; then
    _kai_old_ask && _kai_old_obey
    [[ -z $problem ]] || printf 'kai: %s\n' "$problem"
  fi
  if [[ $line != "$words" ]]; then
    history -s -- "$line"
    [[ $(HISTTIMEFORMAT='' history 2) == *"$words"* ]] || printf 'kai: the words were: %s\n' "$words"
  fi
  return "$status"
}

# Takes what the macro entered out of the history again.
_kai_old_forget() {
  # The first `history -s` of a command replaces the entry of that command, later ones add to it.
  history -s -- "$_kai_end"
  while :; do
    entry=$(HISTTIMEFORMAT='' history 1)
    entry=${entry#"${entry%%[![:space:]]*}"}
    case ${entry#*[[:space:]]} in
      *"$_kai_end"* | *' #' | '#') history -d "${entry%%[!0-9]*}" ;;
      *) return ;;
    esac
  done
}

# Takes what the macro entered off the screen again: a row each for its own lines, and the words'.
_kai_old_wipe() {
  local rows=3 width=${COLUMNS:-80} rest=$words$'\n' one=''
  while [[ -n $rest ]]; do
    one=${rest%%$'\n'*}
    rest=${rest#*$'\n'}
    rows=$((rows + 1 + (${#one} > 0 ? (${#one} - 1) / width : 0)))
  done
  [[ $TERM == dumb ]] || printf '\e[%sA\r\e[J' "$rows"
}

# Asks by kai's client, which finds the daemon or starts it, and puts the answer into `part`.
_kai_old_ask() {
  local tty='' env='' name='' field='' request=1$'\x1f'ask$'\x1f'bash
  if [[ ${words//[$'\n\t']/} == *[[:cntrl:]]* ]]; then
    problem='the line holds control characters; it is as it was'
    return 1
  fi
  tty=$(tty 0<&2 2>/dev/null)
  for name in TERM COLORTERM NO_COLOR LANG LC_ALL "${!KAI_@}"; do
    case $(declare -p "$name" 2>/dev/null) in
      'declare -'*x*' '"$name="*) env=$env$name=${!name}$'\n' ;;
    esac
  done
  case $(declare -p KUBECONFIG 2>/dev/null) in
    'declare -'*x*' KUBECONFIG='*) name=$KUBECONFIG ;;
    *) name='' ;;
  esac
  for field in "$tty" "${COLUMNS-}" "$PWD" "$name" "${env}LINES=${LINES-}" "$words"; do
    field=${field//[$'\x1e\x1f']/}
    request=$request$'\x1f'${field//$'\n'/$'\x1e'}
  done
  answer=$(printf '%s\n' "$request" | "$_kai_python" -P -m kai_shell.daemon.client 2>/dev/null)
  if [[ -z $answer ]]; then
    problem='kai could not be started; kai doctor says why'
    return 1
  fi
  if [[ ${#answer} -gt 65536 || ${answer//[$'\x1e\x1f']/} == *[[:cntrl:]]* ]]; then
    problem='what came is no answer of kai; kai daemon stop ends what sent it'
    return 1
  fi
  part=()
  answer=$answer$'\x1f'
  while [[ -n $answer && ${#part[@]} -lt 16 ]]; do
    field=${answer%%$'\x1f'*}
    part[${#part[@]}]=${field//$'\x1e'/$'\n'}
    answer=${answer#*$'\x1f'}
  done
}

_kai_old_obey() {
  local key='' tier=''
  case ${part[0]}:${#part[@]} in
    put:[3-9])
      _kai_old_put "${part[1]}" && [[ -n ${part[2]} ]] && printf 'kai: %s\n' "${part[2]}"
      ;;
    offer:[5-9])
      case ${part[3]} in
        read) tier='only reads' ;;
        write) tier='changes something in the cluster' ;;
        destructive) tier='DESTRUCTIVE: deletes, stops or weakens something' ;;
        *)
          problem='what came is no answer of kai; the line is as it was'
          return
          ;;
      esac
      _kai_old_is_plain "${part[1]}" || return
      printf 'kai: %s\n%s\n' "$tier" "${part[1]}"
      printf '%s\n' "${part[2]}" "${part[4]}" 'Enter takes it, any other key leaves the line'
      IFS= read -r -s -n 1 key </dev/tty || key=none
      [[ -n $key ]] || _kai_old_put "${part[1]}"
      ;;
    none:[2-9] | fail:[2-9]) problem=${part[1]:-there is no answer} ;;
    *) problem='what came is no answer of kai; the line is as it was' ;;
  esac
}

# The one place where the line changes: one plain printable line.
_kai_old_put() { # COMMAND
  _kai_old_is_plain "$1" && line=$1
}

_kai_old_is_plain() { # TEXT
  if [[ -n $1 && $1 != *[^[:print:]]* && ${#1} -le 16384 ]]; then
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

case $- in
  *i*) [[ $SHELLOPTS != *emacs* ]] || _kai_old_bind ;;
esac
