package dev.sinew.sim;

import dev.sinew.ip.NetworkInterface;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One host's end of a link. What arrives goes to the stack at once; nothing waits here. */
final class LinkEnd implements Link {
  private final SimHost host;
  private final Direction out;
  private final LinkProperties properties;
  private @Nullable NetworkInterface itf;

  LinkEnd(SimHost host, Direction out, String name) {
    this.host = host;
    this.out = out;
    this.properties = new LinkProperties(name, out.interfaceMtu(), false, false, false, false);
  }

  void plugged(NetworkInterface itf) {
    this.itf = itf;
  }

  @Nullable NetworkInterface itf() {
    return itf;
  }

  void arrived(MemorySegment memory, long offset, int length) {
    NetworkInterface to = itf;
    if (to != null) {
      host.receive(to, memory, offset, length);
    }
  }

  @Override
  public LinkProperties properties() {
    return properties;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    return 0;
  }

  @Override
  public int transmit(TxPacket packet) {
    out.send(packet);
    return SENT;
  }

  @Override
  public void await(long timeoutNanos) {
    throw new IllegalStateException("nobody waits for a link in virtual time");
  }

  @Override
  public void wakeup() {}

  @Override
  public void close() {
    itf = null;
  }
}
