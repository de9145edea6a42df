# Completions of kai for fish:
#   kai completion fish > ~/.config/fish/completions/kai.fish

set -l kai_commands cache check completion config daemon doctor explain history init policy warmup

complete -c kai -f
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a check -d 'How dangerous a command or a script is'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a explain -d 'A command in plain words'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a history -d 'What was asked and answered'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a cache -d 'The kept answers'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a config -d 'The settings'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a policy -d 'Rules of your own'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a doctor -d 'What is installed, what works, what to do'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a completion -d 'Completions for a shell'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a init -d 'A key that rewrites words on the command line'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a warmup -d 'Load kai in the background'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -a daemon -d 'The process that keeps kai loaded'
complete -c kai -l json -d 'Print JSON'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -l again -d 'Pass the kept answers by'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -l source -x -a 'any builtin model' -d 'Who may answer'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands" -s n -l namespace -x -d 'As if this were the current namespace'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands; or __fish_seen_subcommand_from check" -l context -x -d 'As if this were the current context'
complete -c kai -n "not __fish_seen_subcommand_from $kai_commands; or __fish_seen_subcommand_from check" -l batch -r -F -d 'Requests or commands from a file'
complete -c kai -l help -d 'Say how it is used'
complete -c kai -l version -d 'Say the version'
complete -c kai -n '__fish_seen_subcommand_from check' -l file -r -F -d 'Shell scripts'
complete -c kai -n '__fish_seen_subcommand_from check' -l format -x -a 'text json sarif github' -d 'How to say it'
complete -c kai -n '__fish_seen_subcommand_from check' -l fail-on -x -a 'read write destructive forbidden' -d 'The lowest tier that fails'
complete -c kai -n '__fish_seen_subcommand_from check' -l all -d 'Tell of what only reads, too'
complete -c kai -n '__fish_seen_subcommand_from check; and contains -- --file (commandline -opc)' -F
complete -c kai -n '__fish_seen_subcommand_from check; and not contains -- --file (commandline -opc)' -a kubectl
complete -c kai -n '__fish_seen_subcommand_from cache; and not __fish_seen_subcommand_from stats clear forget' -a 'stats clear forget'
complete -c kai -n '__fish_seen_subcommand_from completion; and not __fish_seen_subcommand_from bash zsh fish' -a 'bash zsh fish'
complete -c kai -n '__fish_seen_subcommand_from config; and not __fish_seen_subcommand_from show get set path check' -a 'show get set path check'
complete -c kai -n '__fish_seen_subcommand_from config; and __fish_seen_subcommand_from get set' -a '(command kai config show 2>/dev/null | string replace -r " .*" "")'
complete -c kai -n '__fish_seen_subcommand_from history' -s n -x -d 'How many'
complete -c kai -n '__fish_seen_subcommand_from daemon; and not __fish_seen_subcommand_from start stop status logs' -a 'start stop status logs'
complete -c kai -n '__fish_seen_subcommand_from init; and not __fish_seen_subcommand_from zsh' -a zsh
complete -c kai -n '__fish_seen_subcommand_from init' -l key -x -d 'The key'
complete -c kai -n '__fish_seen_subcommand_from init' -l key2 -x -d 'A second key'
complete -c kai -n '__fish_seen_subcommand_from init' -l uninstall -d 'Remove the file again'
complete -c kai -n '__fish_seen_subcommand_from warmup' -l wait -d 'Return when everything is loaded'
complete -c kai -n '__fish_seen_subcommand_from warmup' -l status -d 'Only say what is loaded'
complete -c kai -n '__fish_seen_subcommand_from policy; and not __fish_seen_subcommand_from show test' -a 'show test'
complete -c kai -n '__fish_seen_subcommand_from policy; and __fish_seen_subcommand_from test' -F
complete -c kai -n '__fish_seen_subcommand_from policy; and __fish_seen_subcommand_from test' -l policies -r -F -d 'Policies to try'
