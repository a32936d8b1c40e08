package dev.sinew.packetdrill.script;

/** Where in a script something stands; both count from 1. */
public record Place(int line, int column) {
  @Override
  public String toString() {
    return line + ":" + column;
  }
}
