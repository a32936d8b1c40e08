package dev.sinew.sim;

/**
 * How the delays of packets spread around their mean, in the words of {@code tc netem}. For all but
 * the uniform one the jitter is the standard deviation, and nothing lies more than four of them
 * from the mean, as in netem's tables.
 */
public enum Distribution {
  /** Evenly from mean - jitter to mean + jitter. */
  UNIFORM,
  /** The bell curve. */
  NORMAL,
  /** Pareto's, shape 3: mostly a little less than the mean, rarely much more. */
  PARETO,
  /** A quarter normal, three quarters Pareto. */
  PARETONORMAL;

  private static final double LIMIT = 4;

  /** Pareto's with shape 3 has this mean and this standard deviation. */
  private static final double PARETO_MEAN = 1.5;

  private static final double PARETO_DEVIATION = StrictMath.sqrt(3) / 2;

  /** The word of the enum constant. */
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * How far from the mean, in jitters; StrictMath, so that it is the same everywhere.
   *
   * @param u evenly from 0 to 1, from the stream of the delay; perhaps correlated
   * @param v a second such number, for those that need two
   * @param w a third
   */
  double deviation(double u, double v, double w) {
    double d =
        switch (this) {
          case UNIFORM -> 2 * u - 1;
          case NORMAL -> normal(u, v);
          case PARETO -> pareto(u);
          case PARETONORMAL -> normal(u, v) / 4 + pareto(w) * 3 / 4;
        };
    return Math.clamp(d, -LIMIT, LIMIT);
  }

  /** Box and Muller's. */
  private static double normal(double u, double v) {
    return StrictMath.sqrt(-2 * StrictMath.log(1 - u)) * StrictMath.cos(2 * StrictMath.PI * v);
  }

  private static double pareto(double u) {
    return (1 / StrictMath.cbrt(1 - u) - PARETO_MEAN) / PARETO_DEVIATION;
  }
}
