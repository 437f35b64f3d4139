# shellcheck shell=bash
# Sourced by scripts/run, scripts/test and the others: sees to it that this machine can build.
#
#   setup run     compiler, rustup's toolchain, the libraries a window opens at run time
#   setup test    the same, and what tests need: a virtual display and a software Vulkan driver
#
# Installs only what is missing, is silent when nothing is, and needs no network then. What is not
# there and cannot be installed is named; only a compiler and a Rust toolchain are worth stopping for.
# Speaks on stderr only: stdout belongs to the program. Runs in the bash 3.2 of macOS.

# Minimum of burn and eframe; the version itself stands in rust-toolchain.toml.
readonly MINIMUM_RUST=1.95

note() { printf '%s\n' "$*" >&2; }
die() { note "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# As root directly, else through sudo; fails where neither is possible.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        return 1
    fi
}

have_library() {
    local config
    for config in ldconfig /sbin/ldconfig /usr/sbin/ldconfig; do
        if have "$config"; then
            # Read to its end: under pipefail a grep that leaves early would fail the pipe.
            "$config" -p 2>/dev/null | grep -F "$1 (" >/dev/null
            return
        fi
    done
    return 1
}

have_vulkan_driver() {
    compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null ||
        compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null
}

have_software_vulkan() { [ -n "$(software_vulkan)" ]; }

# The description file of Mesa's software Vulkan driver, or nothing.
software_vulkan() { compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' | head -n 1 || true; }

# One line each: probe | Debian, Ubuntu | Fedora | needed by | what for
requirements() {
    cat <<'END'
command cc              | gcc libc6-dev        | gcc glibc-devel         | build | a C compiler and linker
command pkg-config      | pkg-config           | pkgconf-pkg-config      | build | finding system libraries
command curl            | curl ca-certificates | curl ca-certificates    | fetch | fetching rustup
command cargo-fmt       | rustfmt              | rustfmt                 | lint  | formatting
command cargo-clippy    | rust-clippy          | clippy                  | lint  | lints
library libxkbcommon.so.0     | libxkbcommon0     | libxkbcommon         | run   | the keyboard
library libxkbcommon-x11.so.0 | libxkbcommon-x11-0 | libxkbcommon-x11    | run   | the keyboard under X11
library libwayland-client.so.0 | libwayland-client0 | libwayland-client  | run   | Wayland windows
library libwayland-cursor.so.0 | libwayland-cursor0 | libwayland-cursor  | run   | Wayland windows
library libwayland-egl.so.1   | libwayland-egl1   | libwayland-egl       | run   | Wayland windows
library libX11.so.6           | libx11-6          | libX11               | run   | X11 windows
library libX11-xcb.so.1       | libx11-xcb1       | libX11-xcb           | run   | X11 windows
library libXcursor.so.1       | libxcursor1       | libXcursor           | run   | X11 windows
library libXi.so.6            | libxi6            | libXi                | run   | X11 windows
library libXrandr.so.2        | libxrandr2        | libXrandr            | run   | X11 windows
library libGL.so.1            | libgl1            | libglvnd-glx         | run   | OpenGL, the fallback renderer
library libEGL.so.1           | libegl1           | libglvnd-egl         | run   | OpenGL, the fallback renderer
library libvulkan.so.1        | libvulkan1        | vulkan-loader        | run   | Vulkan
have_vulkan_driver            | mesa-vulkan-drivers libgl1-mesa-dri | mesa-vulkan-drivers mesa-dri-drivers | run | graphics drivers
have_software_vulkan          | mesa-vulkan-drivers | mesa-vulkan-drivers | test | software Vulkan for the GPU tests
command xvfb-run              | xvfb xauth        | xorg-x11-server-Xvfb xorg-x11-xauth | test | a virtual display
END
}

trim() { local text=$1; text=${text#"${text%%[! ]*}"}; printf '%s' "${text%"${text##*[! ]}"}"; }

probe() {
    local words
    read -ra words <<<"$1"
    case ${words[0]} in
        command) have "${words[1]}" ;;
        library) have_library "${words[1]}" ;;
        *) "${words[0]}" ;;
    esac
}

have_rustup() { have rustup || [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/rustup" ]; }

# A distribution's cargo does, if it is new enough.
have_recent_cargo() {
    have cargo && at_least "$MINIMUM_RUST" "$(cargo --version | cut -d ' ' -f 2)"
}

# wanted <purpose> <need>: does this purpose need it?
wanted() {
    case $2 in
        build | run) true ;;
        fetch) ! have_rustup && ! have_recent_cargo ;;
        # rustup brings them with its toolchain, a distribution in packages of their own.
        lint) [ "$1" = test ] && ! have_rustup && have_recent_cargo ;;
        test) [ "$1" = test ] ;;
    esac
}

# Fills the arrays `packages` (to install) and `reasons` (said where that is impossible).
missing_requirements() {
    local purpose=$1 manager=$2 what debian fedora need reason names
    packages=() reasons=()
    while IFS='|' read -r what debian fedora need reason; do
        need=$(trim "$need")
        if ! wanted "$purpose" "$need" || probe "$(trim "$what")"; then
            continue
        fi
        case $manager in
            dnf) read -ra names <<<"$fedora" ;;
            *) read -ra names <<<"$debian" ;;
        esac
        packages+=("${names[@]}")
        reasons+=("$(trim "$what") ($(trim "$reason"))")
    done < <(requirements)
}

# Fails without a network, or without the right to install.
refresh_index() {
    case $1 in
        apt) as_root apt-get update -qq </dev/null >&2 ;;
        *) as_root true ;;
    esac
}

install_packages() {
    local manager=$1
    shift
    case $manager in
        apt)
            as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2
            ;;
        dnf) as_root dnf install -y -q "$@" </dev/null >&2 ;;
        *) return 1 ;;
    esac
}

setup_linux() {
    local purpose=$1 manager=none packages=() reasons=()
    if have apt-get; then
        manager=apt
    elif have dnf; then
        manager=dnf
    fi
    missing_requirements "$purpose" "$manager"
    if [ ${#packages[@]} -gt 0 ] && [ "$manager" != none ]; then
        note "Installing: ${packages[*]}"
        if ! refresh_index "$manager"; then
            note "note: nothing can be installed (no network, or neither root nor sudo)"
        elif ! install_packages "$manager" "${packages[@]}"; then
            # One unknown name spoils the whole list; take what can be had.
            local package
            for package in "${packages[@]}"; do
                install_packages "$manager" "$package" || true
            done
        fi
        missing_requirements "$purpose" "$manager"
    fi
    local reason
    for reason in "${reasons[@]}"; do
        note "note: missing and not installed: $reason"
    done
    have cc || die "no C compiler: install gcc with your package manager and start again"
}

# A window of the system's own asks for consent and installs; nothing tells when somebody cancels it, so
# the waiting has an end.
setup_macos() {
    local waited=0
    xcode-select -p >/dev/null 2>&1 && return
    xcode-select --install >/dev/null 2>&1 || true
    # Nobody is there to confirm.
    [ -t 2 ] || die "the Xcode command line tools are missing: run 'xcode-select --install' and start again"
    note "Waiting for the Xcode command line tools: confirm their installation in the window that opened (Ctrl-C gives up)"
    until xcode-select -p >/dev/null 2>&1; do
        [ "$waited" -lt 3600 ] ||
            die "the Xcode command line tools are not there after an hour: run 'xcode-select --install' and start again"
        sleep 5
        waited=$((waited + 5))
    done
}

# at_least 1.95 1.96.1: is the second version no older than the first?
at_least() {
    local want_major=${1%%.*} want_minor=${1#*.} major=${2%%.*} rest=${2#*.}
    local minor=${rest%%.*}
    [ "$major" -gt "$want_major" ] || { [ "$major" -eq "$want_major" ] && [ "$minor" -ge "$want_minor" ]; }
}

install_rustup() {
    note "Installing rustup (Rust's own installer, into ${CARGO_HOME:-$HOME/.cargo})"
    have curl || die "no curl to fetch rustup with: see https://rustup.rs"
    # Into a file first: a cut connection must not leave half a script running.
    local installer
    installer=$(mktemp)
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs -o "$installer" ||
        die "could not fetch rustup (no network?): see https://rustup.rs"
    sh "$installer" -y --no-modify-path --profile minimal --default-toolchain none </dev/null >&2 ||
        die "rustup could not be installed: see https://rustup.rs"
    rm -f "$installer"
}

setup_rust() {
    local purpose=$1 tool bin=${CARGO_HOME:-$HOME/.cargo}/bin channel
    if [ -x "$bin/rustup" ]; then
        PATH=$bin:$PATH
    fi
    if ! have rustup; then
        if have_recent_cargo; then
            for tool in cargo-fmt cargo-clippy; do
                [ "$purpose" != test ] || have "$tool" ||
                    die "this Rust has no $tool, which the tests need: install it with your package manager, or install rustup (https://rustup.rs)"
            done
            return
        fi
        install_rustup
        PATH=$bin:$PATH
    fi
    export PATH
    channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")
    if ! rustup run "$channel" cargo --version >/dev/null 2>&1; then
        note "Installing Rust $channel"
        rustup toolchain install "$channel" --profile minimal -c rustfmt -c clippy </dev/null >&2 ||
            die "Rust $channel could not be installed (no network?)"
    fi
    [ "$purpose" = test ] || return 0
    if ! { rustup run "$channel" cargo fmt --version && rustup run "$channel" cargo clippy --version; } >/dev/null 2>&1; then
        note "Installing rustfmt and clippy of Rust $channel"
        rustup component add --toolchain "$channel" rustfmt clippy </dev/null >&2 ||
            die "rustfmt and clippy of Rust $channel could not be installed (no network?)"
    fi
}

setup() {
    ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    HOME=${HOME:-$(cd ~ && pwd)}
    case $(uname -s) in
        Linux) setup_linux "$1" ;;
        Darwin) setup_macos ;;
        *) note "note: unknown system $(uname -s): nothing was installed, the build is tried all the same" ;;
    esac
    setup_rust "$1"
}
