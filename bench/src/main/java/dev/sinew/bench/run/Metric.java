package dev.sinew.bench.run;

/**
 * One figure of a load.
 *
 * @param name added to the load's name; empty when it is the only one
 * @param moreIsBetter else less is
 */
record Metric(String name, String unit, boolean moreIsBetter) {
  static final Metric GBITS = new Metric("", "Gbit/s", true);
}
