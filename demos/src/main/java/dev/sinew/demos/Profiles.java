package dev.sinew.demos;

import dev.sinew.base.Profile;
import java.lang.reflect.RecordComponent;

/** The standard profile with other values. */
final class Profiles {
  private Profiles() {}

  /** The standard profile with values replaced: names and values by turns. */
  static Profile with(Object... namesAndValues) {
    RecordComponent[] components = Profile.class.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    int replaced = 0;
    try {
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        values[i] = components[i].getAccessor().invoke(Profile.STANDARD);
        for (int k = 0; k < namesAndValues.length; k += 2) {
          if (components[i].getName().equals(namesAndValues[k])) {
            values[i] = namesAndValues[k + 1];
            replaced++;
          }
        }
      }
      if (replaced != namesAndValues.length / 2) {
        throw new IllegalArgumentException("a profile has no such value");
      }
      return Profile.class.getConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
