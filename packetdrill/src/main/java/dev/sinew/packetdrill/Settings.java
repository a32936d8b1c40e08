package dev.sinew.packetdrill;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How scripts are run.
 *
 * @param dialect whose timing rules and names hold
 * @param profile name of the profile, or null: the dialect's own
 * @param definitions {@code -D NAME=value}
 * @param ipVersion 4, 6, or 0: what the script says, 4 if it says nothing
 * @param mtu of the link, or 0: what the script says, 1500 if nothing
 * @param pcapFolder where each run leaves a capture, or null
 * @param strict timestamps' echoes are compared, and packets that nobody expects fail
 * @param wrapPasses scripts that passed run again with numbers near their wrap
 */
public record Settings(
    Dialect dialect,
    @Nullable String profile,
    Map<String, String> definitions,
    int ipVersion,
    int mtu,
    @Nullable Path pcapFolder,
    boolean strict,
    boolean wrapPasses) {

  /** The two branches of the language. */
  public enum Dialect {
    /** Chosen for each script by what it says. */
    AUTO,
    GOOGLE,
    FREEBSD
  }

  public static final Settings DEFAULT =
      new Settings(Dialect.AUTO, null, Map.of(), 0, 0, null, false, true);
}
