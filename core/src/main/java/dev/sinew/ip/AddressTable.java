package dev.sinew.ip;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stack's own addresses and the broadcast addresses of its networks. A stack has few: they are
 * searched one by one.
 */
final class AddressTable {
  private long[] highs = new long[4];
  private long[] lows = new long[4];
  private NetworkInterface[] owners = new NetworkInterface[4];
  private int count;
  private long[] broadcasts = new long[2];
  private int broadcastCount;

  /**
   * The lower halves of IPv6 addresses that are to be ours: their groups are listened to already.
   */
  private long[] expected = new long[0];

  /** Takes over the addresses of all interfaces anew. */
  void rebuild(List<NetworkInterface> interfaces) {
    count = 0;
    broadcastCount = 0;
    Arrays.fill(owners, null);
    for (NetworkInterface itf : interfaces) {
      for (Prefix p : itf.addresses()) {
        add(itf, p);
      }
    }
    expected =
        interfaces.stream()
            .flatMap(itf -> itf.tentativeAddresses().stream())
            .filter(p -> !p.address().isV4())
            .mapToLong(p -> p.address().low())
            .toArray();
  }

  private void add(NetworkInterface itf, Prefix p) {
    if (count == highs.length) {
      highs = Arrays.copyOf(highs, count * 2);
      lows = Arrays.copyOf(lows, count * 2);
      owners = Arrays.copyOf(owners, count * 2);
    }
    highs[count] = p.address().high();
    lows[count] = p.address().low();
    owners[count++] = itf;
    long broadcast = itf.isLoopback() ? 0 : p.broadcastLow();
    if (broadcast != 0) {
      if (broadcastCount == broadcasts.length) {
        broadcasts = Arrays.copyOf(broadcasts, broadcastCount * 2);
      }
      broadcasts[broadcastCount++] = broadcast;
    }
  }

  /**
   * The interface that has the address, or null. Of 127.0.0.0/8 this finds what was configured
   * only.
   */
  @Nullable NetworkInterface owner(long high, long low) {
    for (int i = 0; i < count; i++) {
      if (lows[i] == low && highs[i] == high) {
        return owners[i];
      }
    }
    return null;
  }

  /** True for every address that means this stack: configured ones and loopback networks. */
  boolean isLocal(long high, long low) {
    return owner(high, low) != null || Addresses.isLoopback(high, low);
  }

  /** 255.255.255.255 or the broadcast address of one of our networks. */
  boolean isBroadcast(long high, long low) {
    if (high != 0) {
      return false;
    }
    if (low == Addresses.LIMITED_BROADCAST) {
      return true;
    }
    for (int i = 0; i < broadcastCount; i++) {
      if (broadcasts[i] == low) {
        return owner(high, low) == null;
      }
    }
    return false;
  }

  /**
   * True for a multicast address that we listen to: all hosts, and the solicited-node addresses of
   * our own.
   */
  boolean isJoined(long high, long low) {
    if (Addresses.isAllNodes(high, low)) {
      return true;
    }
    for (int i = 0; i < count; i++) {
      if (!Addresses.isV4(highs[i], lows[i]) && Addresses.isSolicitedNodeOf(high, low, lows[i])) {
        return true;
      }
    }
    for (long low64 : expected) {
      if (Addresses.isSolicitedNodeOf(high, low, low64)) {
        return true;
      }
    }
    return false;
  }
}
