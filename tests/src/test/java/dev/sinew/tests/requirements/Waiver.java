package dev.sinew.tests.requirements;

import java.util.Optional;

/** A reviewed line of {@code exceptions.txt}: why a requirement is not simply met. */
record Waiver(String id, Kind kind, String reason) {
  enum Kind {
    PARTLY("partly"),
    NOT_MET("not met"),
    DOES_NOT_APPLY("does not apply");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    static Optional<Kind> of(String words) {
      for (Kind kind : values()) {
        if (kind.words.equals(words)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }

    @Override
    public String toString() {
      return words;
    }
  }
}
