package dev.sinew.demos;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a demo is run.
 *
 * @param seed everything random follows from it; the same seed gives the same run to the last bit
 * @param lang the language of the explanation and of the checks
 * @param settings values of the demo's parameters, by their names
 * @param json print one JSON object instead of text
 * @param pcap write what the first host sends and receives to this file, as pcapng; null for none
 * @param ascii draw ladders with ASCII characters alone
 */
public record DemoOptions(
    long seed,
    Lang lang,
    Map<String, String> settings,
    boolean json,
    @Nullable Path pcap,
    boolean ascii) {
  /** Seed 1, in English, nothing set, as text, without a capture. */
  public static final DemoOptions DEFAULT =
      new DemoOptions(1, Lang.EN, Map.of(), false, null, false);

  /** The same with another seed. */
  public DemoOptions withSeed(long other) {
    return new DemoOptions(other, lang, settings, json, pcap, ascii);
  }

  /** The same in another language. */
  public DemoOptions withLang(Lang other) {
    return new DemoOptions(seed, other, settings, json, pcap, ascii);
  }

  /** The same with other parameters. */
  public DemoOptions withSettings(Map<String, String> other) {
    return new DemoOptions(seed, lang, Map.copyOf(other), json, pcap, ascii);
  }

  /** The same with or without JSON. */
  public DemoOptions withJson(boolean on) {
    return new DemoOptions(seed, lang, settings, on, pcap, ascii);
  }

  /** The same with a capture. */
  public DemoOptions withPcap(Path file) {
    return new DemoOptions(seed, lang, settings, json, file, ascii);
  }

  /** The same with ladders of ASCII characters alone, or not. */
  public DemoOptions withAscii(boolean on) {
    return new DemoOptions(seed, lang, settings, json, pcap, on);
  }
}
