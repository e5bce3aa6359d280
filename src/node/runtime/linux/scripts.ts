/**
 * The shell programs between the agent and a container's first process. They run without the agent: when it restarts,
 * containers go on, and their exit codes are in files. Every fork counts in the time a container takes to start.
 */

/** Where a container finds the tools its start and `exec` need; see toolbox.ts. */
export const toolsInside = "/dev/.wherry";
/** Where the node's files are while a container's root is being set up; an empty directory afterwards. */
export const oldRoot = "/.wherry";

/**
 * Waits for the container's first process and leaves its exit code in a file. It runs in the container's namespaces
 * but for the PID namespace, whose first process its only child becomes; with the mounts changed under it, it keeps
 * the file open. What a shell says of a child that was killed is not the container's output: it goes nowhere.
 * `$1` exit file, `$2` file for this shell's own pid, `$3…` the command.
 */
export const shim = `exec 4>"$1" || exit 128
read -r pid rest </proc/self/stat; echo "$pid" >"$2"; shift 2
exec 5>&2 2>&-
(exec "$@" 4>&- 2>&5 5>&-); echo $? >&4
`;

/**
 * First process of the container's PID namespace, which becomes the container's process. Mounts go in two steps: the
 * root (on the node), then everything else (inside, so that no link of the image can lead a mount or a write out of it).
 * Reports on descriptor 3: `ok` when only the program is left to run, else `error REASON`.
 *
 * `$1` the container's directory, `$2` its hostname, `$3` its working directory, `$4` its PATH, `$5` `ro` for a
 * read-only root, `$6` the word to look up as the program, `$7` the ID on the node of the container's root (empty:
 * the node's own), `$8` how many mount points to create, those (a directory's ends with a slash), then the command.
 */
export const init = `dir="$1" workdir="$3" path="$4" root="$5" program="$6" owner="$7" points="$8"
fail() { echo "error $*" >&3; exit 128; }
tool() { name="$1"; shift; ${toolsInside}/ld --library-path ${toolsInside}/lib ${toolsInside}/bin/$name "$@"; }
make() {
  [ -d "$1" ] && return
  if [ -z "$owner" ]; then tool mkdir -p "$1"
  else tool setpriv --reuid "$owner" --regid "$owner" --clear-groups ${toolsInside}/ld --library-path ${toolsInside}/lib ${toolsInside}/bin/mkdir -p "$1"
  fi || fail "cannot make the directory $1"
}
read -r pid rest </proc/self/stat
echo "$pid" >"$dir/pid" || exit 128
hostname "$2" 3>&- || fail "cannot set the hostname"
cd "$dir" && mount -i -a -T "$dir/fstab.root" 3>&- || fail "cannot mount the root file system"
pivot_root "$dir/root" "$dir/root${oldRoot}" 3>&- || fail "cannot change to the root file system"
cd /
shift 8
while [ "$points" -gt 0 ]; do
  if [ ! -e "$1" ]; then
    make "\${1%/*}/"
    [ -e "$1" ] || : >>"$1" || fail "cannot make $1"
  fi
  shift; points=$((points - 1))
done
tool mount -i -a -T "${oldRoot}$dir/fstab" 3>&- || fail "cannot mount into the container"
[ -s /etc/ld.so.preload ] && fail "a mount has put a list of libraries to preload at /etc/ld.so.preload"
make "$workdir"
[ "$root" = ro ] && { tool mount -i -o remount,bind,ro / || fail "cannot make the root read-only"; }
tool umount -i -l ${oldRoot} 3>&- || fail "cannot leave the node's files"
cd "$workdir" || fail "cannot change to the working directory $workdir"
case "$program" in
  */*) [ -e "$program" ] || fail "exec: \\"$program\\": stat $program: no such file or directory"
       [ -x "$program" ] && [ ! -d "$program" ] || fail "exec: \\"$program\\": permission denied" ;;
  *) PATH="$path"; command -v "$program" >/dev/null || fail "exec: \\"$program\\": executable file not found in \\$PATH" ;;
esac
echo ok >&3
exec 3>&-
exec "$@"
`;

/** Runs a command inside the container: `$1` working directory, then the command. */
export const enter = `cd "$1" || exit 126
shift
exec "$@"
`;

/** Sets up a new network namespace: `$1` commands for `ip -batch`. */
export const network = `echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
echo "$2" >/proc/sys/net/ipv4/ping_group_range 2>/dev/null
printf %s "$1" | exec ip -batch -
`;
