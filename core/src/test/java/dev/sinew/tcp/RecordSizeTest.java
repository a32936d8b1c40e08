package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

/** What there may be a million of stays as small as it is: a new field needs a place of its own. */
class RecordSizeTest {
  private static final int HEADER_BYTES = 12;
  private static final int ALIGNMENT = 8;

  /** With references of 32 bits, as in heaps of less than 32 GiB; fields leave no gaps. */
  private static int bytes(Class<?> type) {
    int sum = HEADER_BYTES;
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Field f : c.getDeclaredFields()) {
        if (!Modifier.isStatic(f.getModifiers())) {
          sum += bytesOf(f.getType());
        }
      }
    }
    return (sum + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static int bytesOf(Class<?> field) {
    if (field == long.class || field == double.class) {
      return 8;
    }
    if (field == char.class || field == short.class) {
      return 2;
    }
    return field == byte.class || field == boolean.class ? 1 : 4;
  }

  @Test
  void a_million_connections_in_time_wait_need_no_more_than_128_mib_with_their_table() {
    assertThat(bytes(TimeWaitRecord.class)).isLessThanOrEqualTo(120);
  }

  @Test
  void the_sum_counts_each_field_of_each_class() {
    assertThat(bytes(Object.class)).isEqualTo(16);
    assertThat(bytes(Integer.class)).isEqualTo(16);
    assertThat(bytes(Long.class)).isEqualTo(24);
  }
}
