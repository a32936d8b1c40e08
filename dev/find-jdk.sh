# Sourced by sh scripts: find_jdk sets java_home and java_build to a JDK of at least 25, or returns false.
# It reads each JDK's `release` file, which takes no time, instead of starting its java.
# shellcheck shell=sh disable=SC2034

# jdk_in DIR: sets java_home and java_build when DIR holds such a JDK.
jdk_in() {
  [ -r "$1/release" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
  version= build=
  while IFS='=' read -r key value; do
    value=${value#\"}
    value=${value%\"}
    case $key in
      JAVA_VERSION) version=$value ;;
      JAVA_RUNTIME_VERSION | IMPLEMENTOR_VERSION | OS_ARCH) build=$build-$value ;;
    esac
  done <"$1/release"
  major=${version%%[!0-9]*}
  [ -n "$major" ] && [ "$major" -ge 25 ] || return 1
  java_home=$1
  java_build=$(printf '%s' "$version$build" | tr -c 'A-Za-z0-9.+_-' '_')
}

find_jdk() {
  [ -n "${JAVA_HOME:-}" ] && jdk_in "$JAVA_HOME" && return 0
  onpath=$(command -v java 2>/dev/null) && {
    onpath=$(readlink -f "$onpath" 2>/dev/null || printf '%s' "$onpath")
    jdk_in "${onpath%/bin/java}" && return 0
  }
  home=${HOME:-/nonexistent}
  for dir in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "$home"/.sdkman/candidates/java/* "$home"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$home"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ -d "$dir" ] && jdk_in "$dir" && return 0
  done
  return 1
}
