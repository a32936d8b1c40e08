package dev.sinew.ip;

import org.jspecify.annotations.Nullable;

/** An address with a prefix length: {@code 10.0.0.2/24}, {@code fd00::2/64}. As a network, the host bits do not count. */
public record Prefix(IpAddress address, int length) {
  /** Reads {@code ADDRESS/LENGTH}, or a bare address as a host's own prefix (32 or 128); null when it is neither. */
  public static @Nullable Prefix parse(String text) {
    throw new IllegalStateException();
  }

  /** True when the address lies in this network. Versions never mix. */
  public boolean contains(long high, long low) {
    throw new IllegalStateException();
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
