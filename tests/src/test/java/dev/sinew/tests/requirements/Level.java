package dev.sinew.tests.requirements;

import java.util.Optional;

/** How strongly a sentence asks (RFC 2119). */
enum Level {
  MUST("MUST"),
  MUST_NOT("MUST NOT"),
  SHOULD("SHOULD"),
  SHOULD_NOT("SHOULD NOT"),
  RECOMMENDED("RECOMMENDED"),
  MAY("MAY");

  private final String words;

  Level(String words) {
    this.words = words;
  }

  static Optional<Level> of(String words) {
    for (Level level : values()) {
      if (level.words.equals(words)) {
        return Optional.of(level);
      }
    }
    return Optional.empty();
  }

  /** The column of the summary it is counted in. */
  Level group() {
    return switch (this) {
      case MUST, MUST_NOT -> MUST;
      case SHOULD, SHOULD_NOT, RECOMMENDED -> SHOULD;
      case MAY -> MAY;
    };
  }

  @Override
  public String toString() {
    return words;
  }
}
