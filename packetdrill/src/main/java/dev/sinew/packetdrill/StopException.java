package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.Place;

/** Ends the run of a script with a verdict other than passed. */
final class StopException extends Exception {
  private static final long serialVersionUID = 1;

  private final Verdict verdict;

  private StopException(Verdict verdict, String message) {
    super(message, null, false, false);
    this.verdict = verdict;
  }

  static StopException failed(Place place, String message) {
    return new StopException(Verdict.FAILED, place + ": " + message);
  }

  static StopException error(Place place, String message) {
    return new StopException(Verdict.ERROR, place + ": " + message);
  }

  static StopException skipped(String message) {
    return new StopException(Verdict.SKIPPED, message);
  }

  Verdict verdict() {
    return verdict;
  }
}
