package dev.sinew.capture;

/** A filter expression that can't be read. The message says what is wrong and shows where. */
public final class FilterException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final int position;

  FilterException(String problem, String expression, int position) {
    super(problem + " at position " + (position + 1) + " of '" + expression + "'");
    this.position = position;
  }

  /** Where in the expression, counted from 0. */
  public int position() {
    return position;
  }
}
