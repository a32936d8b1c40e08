package dev.sinew.demos;

/** The languages in which experiments explain themselves. */
public enum Lang {
  EN,
  ZH;

  String of(String english, String chinese) {
    return this == EN ? english : chinese;
  }
}
