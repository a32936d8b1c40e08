package dev.sinew.udp;

import dev.sinew.ip.IpLayer;
import dev.sinew.ip.StackContext;
import java.util.function.Consumer;

/** The UDP of one stack. */
public final class UdpLayer {
  /** Registers itself with {@code ip} as protocol 17. */
  public UdpLayer(StackContext context, IpLayer ip) {}

  /** A new endpoint, not bound. */
  public UdpEndpoint open() {
    throw new IllegalStateException();
  }

  /** Shows every bound endpoint. */
  public void forEach(Consumer<UdpEndpoint> visitor) {}

  /** Closes every endpoint. */
  public void close() {}
}
