package dev.sinew.arch;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/** A table in a static array is a constant as long as nobody outside its class can write to it. */
final class NoPublicArrays extends ArchCondition<JavaField> {
  NoPublicArrays() {
    super("be private when an array");
  }

  @Override
  public void check(JavaField field, ConditionEvents events) {
    boolean good =
        !field.getRawType().isArray()
            || field.getModifiers().contains(JavaModifier.PRIVATE)
            || field.getModifiers().contains(JavaModifier.SYNTHETIC);
    events.add(
        new SimpleConditionEvent(
            field, good, field.getFullName() + " is an array that others can write to"));
  }
}
