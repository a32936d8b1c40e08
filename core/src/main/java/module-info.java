/**
 * The protocols, without IO. Needs java.base alone.
 *
 * <p>Each package is exported but {@code dev.sinew.tcp.recovery}.
 */
module dev.sinew {
  requires static org.jspecify;
}
