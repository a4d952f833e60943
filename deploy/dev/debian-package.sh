# Functions for the scripts that fetch a program from a Debian package, without root and without a change to the
# machine's own apt. To be sourced; `say` must exist.

# `timeout --foreground` keeps apt in the group of its script, so that who ends the group ends apt too. With the error
# mode `any` a mirror that does not answer is an error; without it apt warns, and finds no package.

# Writes a private apt configuration (own sources, lists, cache and status) and reads the index of one suite. Mirror and
# keyring are the machine's. The signature of the index is checked, and it holds the checksum of each package.
debian_index() { # folder, suite
  local folder=$1 suite=$2 mirror keyring signed=
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)}
  [ -n "$mirror" ] || { say "debian: no Debian mirror in this machine's apt configuration: set DEBIAN_MIRROR"; return 1; }
  keyring=${DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
  [ ! -r "$keyring" ] || signed="Signed-By: $keyring"
  mkdir -p "$folder"/lists/partial "$folder"/archives/partial "$folder"/sources.d "$folder"/preferences.d
  : >"$folder/status"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nArchitectures: %s\n%s\n' \
    "$mirror" "$suite" "$(dpkg --print-architecture)" "$signed" >"$folder/sources.d/tickd.sources"
  cat >"$folder/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$folder/sources.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$folder/preferences.d";
Dir::State::lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder";
Dir::Cache::archives "$folder/archives";
APT::Sandbox::User "$(id -un)";
APT::Default-Release "";
APT::Update::Post-Invoke-Success "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
CONF
  APT_CONFIG=$folder/apt.conf timeout --foreground 240 apt-get -qq update >&2 ||
    { say "debian: the index of $suite could not be read from this machine's mirror"; return 1; }
}

# Downloads a package (`name` or `name=version`) with the configuration of `debian_index` and unpacks it.
debian_unpack() { # folder of the index, package, folder for the files
  local archive=$1/archives/${2%%=*}
  rm -rf "$archive"
  mkdir -p "$archive" "$3"
  (cd "$archive" && APT_CONFIG=$1/apt.conf timeout --foreground 240 apt-get -qq download "$2" >&2) ||
    { say "debian: the package $2 could not be downloaded"; return 1; }
  dpkg -x "$archive"/*.deb "$3" || { say "debian: the package $2 could not be unpacked"; return 1; }
}
