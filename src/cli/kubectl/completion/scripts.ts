/** What each shell runs when Tab is pressed behind `wherry kubectl`: they ask `__complete`, which speaks cobra's protocol. */

const bash = String.raw`# source <(wherry kubectl completion bash)
__wherry_kubectl() {
  [[ \${COMP_WORDS[1]} == kubectl && $COMP_CWORD -ge 2 ]] || return
  local IFS=$'\n' found directive current="\${COMP_WORDS[COMP_CWORD]}"
  mapfile -t found < <(wherry kubectl __completeNoDesc "\${COMP_WORDS[@]:2:COMP_CWORD-1}" 2>/dev/null)
  ((\${#found[@]} > 0)) || return
  directive="\${found[-1]#:}"
  unset 'found[-1]'
  [[ $current == = ]] && current=
  COMPREPLY=($(compgen -W "\${found[*]}" -- "$current"))
  ((directive & 2)) && compopt -o nospace 2>/dev/null
  ((directive & 4)) || compopt -o default 2>/dev/null
}
complete -F __wherry_kubectl wherry
`.replaceAll("\\$", "$");

const zsh = String.raw`#compdef wherry
# source <(wherry kubectl completion zsh)
_wherry_kubectl() {
  [[ $words[2] == kubectl && $CURRENT -ge 3 ]] || { _default; return }
  local -a found items
  found=("\${(@f)$(wherry kubectl __complete "\${(@)words[3,$CURRENT]}" 2>/dev/null)}")
  local directive=\${found[-1]#:}
  found[-1]=()
  items=("\${(@)found//:/\\:}")
  items=("\${(@)items/$'\t'/:}")
  compset -P '*='
  if ((directive & 2)); then _describe -V kubectl items -S ''; else _describe -V kubectl items; fi
  ((directive & 4)) || _files
}
compdef _wherry_kubectl wherry
`.replaceAll("\\$", "$");

const fish = `# wherry kubectl completion fish | source
function __wherry_kubectl
    set -l words (commandline -opc)
    set -l found (wherry kubectl __complete $words[3..] (commandline -ct) 2>/dev/null)
    test (count $found) -gt 0; or return
    set -l directive (string sub -s 2 -- $found[-1])
    set -e found[-1]
    printf '%s\\n' $found
    test (math "bitand($directive, 4)") -ne 0; or __fish_complete_path (commandline -ct)
end
complete -c wherry -n '__fish_seen_subcommand_from kubectl' -f -a '(__wherry_kubectl)'
`;

const powershell = `# wherry kubectl completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName wherry -ScriptBlock {
    param($word, $ast, $position)
    $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -le $position } | ForEach-Object { "$_" })
    if ($words.Count -lt 2 -or $words[1] -ne 'kubectl') { return }
    $given = @($words | Select-Object -Skip 2)
    if ($word -eq '') { $given += '' }
    $found = @(wherry kubectl __complete @given 2>$null)
    $found | Select-Object -SkipLast 1 | ForEach-Object {
        $name, $text = $_ -split "\`t", 2
        if (-not $text) { $text = $name }
        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $text)
    }
}
`;

export const scripts: Readonly<Record<string, string>> = { bash, zsh, fish, powershell };
