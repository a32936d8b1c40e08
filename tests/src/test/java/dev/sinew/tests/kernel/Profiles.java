package dev.sinew.tests.kernel;

import dev.sinew.base.Profile;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** Profiles with shorter times, so that what takes minutes takes seconds. */
final class Profiles {
  private Profiles() {}

  /** The same profile with one value changed. */
  static Profile with(Profile profile, String name, Object value) {
    RecordComponent[] components = Profile.class.getRecordComponents();
    Object[] values = new Object[components.length];
    boolean found = false;
    try {
      for (int i = 0; i < values.length; i++) {
        boolean here = components[i].getName().equals(name);
        found |= here;
        values[i] = here ? value : components[i].getAccessor().invoke(profile);
      }
      if (!found) {
        throw new IllegalArgumentException("no " + name + " in a profile");
      }
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      return Profile.class.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
