#!/usr/bin/env bash
# Make the root file system of cpu.def with Debian's own tools and run the workflow inside it, without a network.
#
#   containers/check_rootfs.sh FOLDER
#
# Apptainer is not in Debian, so this stands for it: Debian's own Python 3.11 is the base, the files of %files are copied,
# %post and %test are run as cpu.def has them. What is different: a virtual environment holds the packages (Debian's own
# Python takes none beside it), and pip installs from files that are fetched beforehand, with the settings of pip outside.
# Then the demo's dry-run and a whole tiny run, both without a network; the results are those of the same run outside.
#
# Needs root, mmdebstrap, and `make install`. Takes about 3 minutes and 3 GB in FOLDER, which is left for a second look.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath -m "${1:?usage: containers/check_rootfs.sh FOLDER}")
root=$folder/root
[ "$(id -u)" -eq 0 ] || { echo "needs root: it mounts and changes the root folder" >&2; exit 1; }
[ -x .venv/bin/python ] || { echo "no .venv: run make install first" >&2; exit 1; }
command -v mmdebstrap >/dev/null || { echo "no mmdebstrap: apt-get install mmdebstrap" >&2; exit 1; }
[ ! -e "$root" ] || { echo "$root is there already; give another folder, or remove it" >&2; exit 1; }
mkdir -p "$folder/wheels" "$folder/outside"

timed() { local name=$1 start=$SECONDS; shift; "$@"; echo "== $name: $((SECONDS - start)) s"; }
# The lines of one section of the definition.
section() { awk -v name="%$1" '$0 == name {on = 1; next} /^%/ {on = 0} on' containers/cpu.def; }
# Commands from stdin, inside of the root; what comes before goes to unshare.
inside() { unshare --mount --pid --fork "$@" --mount-proc="$root/proc" chroot "$root" /usr/bin/env -i HOME=/root \
    PATH=/opt/venv/bin:/usr/bin:/bin:/usr/sbin:/sbin PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels bash -eu -s; }

base() { mmdebstrap --quiet --variant=apt --include=python3-venv,python3-dev,ca-certificates bookworm "$root"; }

fetch() {
    local fetch=(.venv/bin/python -m pip download -qq --no-deps --dest "$folder/wheels")
    grep -v '^torch==' requirements.lock > "$folder/hashed.txt"
    grep '^torch==' requirements.lock > "$folder/torch.txt"
    "${fetch[@]}" --require-hashes --only-binary :all: --no-binary connection-pool,immutables -r "$folder/hashed.txt"
    "${fetch[@]}" -r "$folder/torch.txt"
    # What the two that come as source are built with.
    "${fetch[@]}" setuptools wheel
    mv "$folder/wheels" "$root/wheels"
}

post() {
    section files | while read -r source target; do
        [ -z "$source" ] || { mkdir -p "$root$(dirname "$target")"; cp -r "$source" "$root$target"; }
    done
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    { echo "python3 -m venv /opt/venv"; section post | sed 's/{{ TORCH_INDEX }}/none/'; } |
        inside > "$folder/post.log" 2>&1 || { tail -20 "$folder/post.log" >&2; return 1; }
}

offline_tests() { { section environment; section test; } | inside --net; }

runs() {
    mkdir -p "$root/checkout" "$root/tiny"
    git ls-files -z | xargs -0 cp -a --parents -t "$root/checkout"
    for place in "$root/tiny" "$folder/outside"; do
        PYTHONPATH=tests/workflow .venv/bin/python -c 'import conftest, pathlib, sys; conftest.Flow(pathlib.Path(sys.argv[1]))' "$place"
    done
    { section environment; echo 'cd /checkout; snakemake --cores 2 --dry-run --quiet'; } | inside --net
    { section environment; echo 'cd /tiny; snakemake --cores 2 --snakefile /checkout/Snakefile --configfile config.yaml --quiet'; } | inside --net
}

same() {
    local snakefile=$PWD/Snakefile bin=$PWD/.venv/bin
    (cd "$folder/outside" && PATH="$bin:$PATH" snakemake --cores 2 --snakefile "$snakefile" --configfile config.yaml --quiet)
    # Manifests differ, as they should: this Python is another one, and a copy of the files is no git checkout.
    diff -r --exclude manifest.json "$root/tiny/results" "$folder/outside/results"
}

timed "base system" base
timed "packages fetched" fetch
timed "%post" post
timed "%test without a network" offline_tests
timed "demo's dry-run and a tiny run without a network" runs
timed "the same run outside, compared byte for byte" same
du -sh "$root"
