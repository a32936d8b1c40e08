package dev.sinew.link;

/**
 * A link without a device: nobody waits for it, because whoever owns it hands packets to the stack
 * when he likes, as a simulated network does. What arrives may also be asked for: then {@link
 * #receive} is overridden.
 */
public abstract class PassiveLink implements Link {
  private final LinkProperties properties;

  protected PassiveLink(LinkProperties properties) {
    this.properties = properties;
  }

  @Override
  public final LinkProperties properties() {
    return properties;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    return 0;
  }

  @Override
  public final void await(long timeoutNanos) {}

  @Override
  public final void wakeup() {}

  @Override
  public void close() {}
}
