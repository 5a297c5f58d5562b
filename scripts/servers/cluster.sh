# What start-elasticsearch, start-opensearch and their counterparts share: where things are kept,
# which Java runs them, how nodes are told from other processes, waiting and stopping.
# Sourced. The caller has set SERVER (elasticsearch or opensearch), PORT, NODES and WIPE; one that
# starts a server also RUN_AS and AUTO_CREATE, URL and ACCESS (options for curl), the function
# start_node NUMBER, and WAIT (seconds).

say() { echo "[$SERVER] $*" >&2; }
die() {
  say "ERROR: $*"
  exit 1
}

# The comment at the top of a script is its help.
if [ "${1:-}" = -h ] || [ "${1:-}" = --help ]; then
  awk 'NR > 1 && /^#/ { sub(/^# ?/, ""); print; next } NR > 1 { exit }' "$0"
  exit 0
fi
[ $# = 0 ] || die "Unknown argument \"$1\". Everything is set by environment variables: see --help."

case $PORT in '' | *[!0-9]*) die "The port must be a number, not \"$PORT\"." ;; esac
case $NODES in 1 | 3) ;; *) die "The number of nodes must be 1 or 3, not \"$NODES\"." ;; esac

umask 022
AS_ROOT=0
[ "$(id -u)" = 0 ] && AS_ROOT=1

# Both servers refuse to run as root, and the user they run as instead cannot look into /root.
if [ -n "${LOOKALIKE_SERVERS_DIR:-}" ]; then
  SERVERS_DIR=$LOOKALIKE_SERVERS_DIR
elif [ $AS_ROOT = 1 ]; then
  SERVERS_DIR=/var/tmp/lookalike-servers
else
  SERVERS_DIR=$HOME/.cache/lookalike/servers
fi
RUN=$SERVERS_DIR/$SERVER-$PORT
mkdir -p "$SERVERS_DIR/dist"
[ -O "$SERVERS_DIR" ] || die "$SERVERS_DIR belongs to another user. Set LOOKALIKE_SERVERS_DIR to a folder of your own."

# need COMMAND PACKAGE PURPOSE
need() {
  command -v "$1" >/dev/null || die "\"$1\" is missing, which $3. On Debian: apt-get install $2"
}

# Two callers at once (two test files, say) start one server, not two: the second waits for the
# first. The servers themselves must not inherit descriptor 9: they would hold the lock.
take_lock() {
  need flock util-linux "keeps two starts apart"
  exec 9>"$SERVERS_DIR/$SERVER-$PORT.lock"
  flock -w 900 9 || die "Another start or stop has been under way on port $PORT for 15 minutes."
}

node_numbers() { seq 0 $((NODES - 1)); }

# Prints the process id of a node (its folder is given) if it runs and is ours: process ids are
# reused, a file that names one proves nothing.
pid_of() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) && [ -n "$pid" ] || return 1
  ps -ww -o args= -p "$pid" 2>/dev/null | grep -qF -e "-Dlookalike.node=$1 " || return 1
  echo "$pid"
}

running_pids() {
  local node
  for node in "$RUN"/node-*; do pid_of "$node" || true; done
}

count_running() { running_pids | wc -l; }

as_server_user() {
  if [ $AS_ROOT = 1 ]; then
    setpriv --reuid="$RUN_AS" --regid="$(id -g "$RUN_AS")" --clear-groups -- "$@"
  else
    "$@"
  fi
}

give_to_server_user() { if [ $AS_ROOT = 1 ]; then chown -R "$RUN_AS" "$@"; fi; }

java_version() { "$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p'; }

# choose_java OLDEST NEWEST TOOL [HOME]: sets JAVA to the home of the newest Java in that range
# which has the tool (java or javac), or insists on the home that was given.
choose_java() {
  local oldest=$1 newest=$2 tool=$3 given=${4:-} home version best=0 on_path candidates
  JAVA=
  if [ -n "$given" ]; then
    candidates=("$given")
  else
    on_path=$(command -v java || true)
    candidates=(${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*)
    if [ -n "$on_path" ]; then candidates+=("$(dirname "$(dirname "$(readlink -f "$on_path")")")"); fi
  fi
  for home in "${candidates[@]}"; do
    [ -x "$home/bin/java" ] && [ -x "$home/bin/$tool" ] || continue
    version=$(java_version "$home")
    [ -n "$version" ] && [ "$version" -ge "$oldest" ] && [ "$version" -le "$newest" ] || continue
    if [ "$version" -gt "$best" ]; then best=$version JAVA=$home; fi
  done
  [ -n "$JAVA" ] || die "The server needs Java $oldest to $newest with \"$tool\", and there is none" \
    "${given:+at }${given:-on this machine}. On Debian: apt-get install openjdk-17-jdk-headless"
  say "Java $best at $JAVA"
}

readonly MAVEN_DEPENDENCY=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

# maven GOAL OPTIONS…: one goal of the dependency plugin.
maven() {
  need mvn maven "downloads the server from Maven Central (once)"
  local goal=$1
  shift
  mvn -q -B "$MAVEN_DEPENDENCY:$goal" "$@" >&2 || die "The download from Maven Central failed."
}

# check_sums FOLDER LIST: every file of a list by sha1sum is in the folder, and is the one we know.
check_sums() {
  (cd "$1" && sha1sum --quiet -c "$2" >&2) ||
    die "What was downloaded into $1 is not what $2 says. Remove it from ~/.m2/repository too, and try again."
}

# unpack ZIP FOLDER
unpack() {
  if command -v unzip >/dev/null; then
    unzip -q -o "$1" -d "$2"
  elif command -v python3 >/dev/null; then
    python3 -m zipfile -e "$1" "$2"
  else
    need unzip unzip "unpacks the server"
  fi
}

refuse_taken_port() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
    die "Port $1 is taken by another process. Stop it, or choose another port (see --help)."
  fi
}

# begin_start SHAPE: goes on while something is to be started, ends the script where all runs
# already. Data of one node cannot be opened by three, nor data without passwords by a cluster with
# them: hence the shape.
begin_start() {
  local shape=$1 before
  need curl curl "asks the server for its health"
  need ps procps "finds the server's processes"
  if [ $AS_ROOT = 1 ]; then need setpriv util-linux "runs the server as $RUN_AS"; fi
  take_lock
  if [ "$WIPE" = 1 ]; then
    [ "$(count_running)" = 0 ] || die "It is running: a wipe needs it stopped first."
    rm -rf "$RUN"
  fi
  before=$(cat "$RUN/shape" 2>/dev/null || echo "$shape")
  [ "$before" = "$shape" ] ||
    die "$RUN was made for \"$before\", and \"$shape\" is asked for. Stop and wipe it (see --help), or choose another port."
  SHAPE=$shape
  if [ "$(count_running)" = "$NODES" ] && is_healthy; then
    say "already running"
    echo "$URL"
    exit 0
  fi
}

# Starts the nodes that do not run, which may be one of three.
start_missing_nodes() {
  local number missing=()
  for number in $(node_numbers); do
    pid_of "$RUN/node-$number" >/dev/null && continue
    refuse_taken_port $((PORT + number))
    refuse_taken_port $((PORT + 100 + number))
    missing+=("$number")
  done
  mkdir -p "$RUN"
  echo "$SHAPE" >"$RUN/shape"
  for number in ${missing[@]+"${missing[@]}"}; do start_node "$number"; done
  wait_until_healthy
  echo "$URL"
}

# The lines that the configuration of both servers has in common, for node number $1.
common_settings() {
  cat <<YML
cluster.name: lookalike-$SERVER-$PORT
node.name: node-$1
path.data: $RUN/node-$1/data
path.logs: $RUN/node-$1/logs
network.host: 127.0.0.1
http.port: $((PORT + $1))
transport.port: $((PORT + 100 + $1))
action.auto_create_index: $AUTO_CREATE
# How full the disk of a developer is must not decide whether tests pass.
cluster.routing.allocation.disk.threshold_enabled: false
YML
}

# discovery_settings NAME: the setting that lists the first masters is called NAME.
discovery_settings() {
  if [ "$NODES" = 1 ]; then
    echo "discovery.type: single-node"
    return
  fi
  local number addresses='' names=''
  for number in $(node_numbers); do
    addresses="$addresses${addresses:+, }\"127.0.0.1:$((PORT + 100 + number))\""
    names="$names${names:+, }node-$number"
  done
  echo "discovery.seed_hosts: [$addresses]"
  echo "$1: [$names]"
}

is_healthy() {
  curl -fsS -m 3 ${ACCESS[@]+"${ACCESS[@]}"} \
    "$URL/_cluster/health?wait_for_status=yellow&wait_for_nodes=%3E%3D$NODES&timeout=1s" >/dev/null 2>&1
}

wait_until_healthy() {
  local since=$SECONDS
  while ! is_healthy; do
    if [ -z "$(jobs -r)" ] && [ "$(count_running)" -lt "$NODES" ]; then
      tail -n 40 "$RUN"/node-*/logs/out.log >&2 || true
      die "A node ended while it was starting. Its log is above, and in $RUN/node-*/logs."
    fi
    if [ $((SECONDS - since)) -ge "$WAIT" ]; then
      tail -n 40 "$RUN"/node-*/logs/out.log >&2 || true
      die "It is not healthy after $WAIT seconds. Its logs are in $RUN/node-*/logs."
    fi
    sleep 0.5
  done
  say "up: $NODES node(s), process $(running_pids | paste -sd' ')"
}

# Asks every node to stop, kills the ones that have not within 30 seconds, wipes if that is wanted.
stop_cluster() {
  local pids pid deadline
  pids=$(running_pids | paste -sd' ')
  for pid in $pids; do kill -TERM "$pid" 2>/dev/null || true; done
  deadline=$((SECONDS + 30))
  for pid in $pids; do
    while kill -0 "$pid" 2>/dev/null; do
      if [ $SECONDS -ge $deadline ]; then
        say "process $pid does not stop: it is killed"
        kill -KILL "$pid" 2>/dev/null || true
        deadline=$((SECONDS + 5))
      fi
      sleep 0.2
    done
  done
  rm -f "$RUN"/node-*/pid
  if [ "$WIPE" = 1 ]; then rm -rf "$RUN"; fi
  say "stopped: ${pids:-nothing was running}"
}
