package dev.sinew.arch;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of DESIGN.md sections 1 and 2 for the module core. */
final class CoreRules {
  /** Lower first: a package uses itself and what stands before it. */
  static final List<String> LAYERS =
      List.of(
          "wire",
          "base",
          "observe",
          "link",
          "neighbor",
          "ip",
          "tcp.auth",
          "tcp.congestion",
          "tcp.recovery",
          "tcp",
          "udp",
          "stack");

  /**
   * What marks and compares the {@code int} of a sequence number depends on nothing and is a word
   * of every layer.
   */
  private static final DescribedPredicate<JavaClass> SEQUENCE_NUMBERS =
      describe(
          "sequence numbers",
          c ->
              c.getName().equals("dev.sinew.base.Seq")
                  || c.getName().equals("dev.sinew.base.SeqNum"));

  private static final Set<String> BANNED_CALLS =
      Set.of(
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.lang.System.identityHashCode",
          "java.lang.System.getProperty",
          "java.lang.System.getenv",
          "java.lang.System.getLogger",
          "java.lang.Math.random",
          "java.lang.StrictMath.random",
          "java.lang.Object.wait",
          "java.lang.Object.notify",
          "java.lang.Object.notifyAll",
          "java.util.Collections.shuffle");

  /** Prefixes of class names, and what is allowed in spite of them. */
  private static final List<String> BANNED_TYPES =
      List.of(
          "java.io.File",
          "java.io.Console",
          "java.io.PrintStream",
          "java.io.RandomAccessFile",
          "java.lang.Process",
          "java.lang.Runtime",
          "java.lang.ScopedValue",
          "java.lang.System$Logger",
          "java.lang.Thread",
          "java.lang.InheritableThreadLocal",
          "java.net.",
          "java.nio.channels.",
          "java.nio.file.",
          "java.security.SecureRandom",
          "java.time.",
          "java.util.IdentityHashMap",
          "java.util.WeakHashMap",
          "java.util.Random",
          "java.util.SplittableRandom",
          "java.util.Timer",
          "java.util.UUID",
          "java.util.concurrent.",
          "java.util.logging.",
          "java.util.random.");

  private static final List<String> ALLOWED_TYPES =
      List.of(
          "java.net.Inet",
          "java.net.UnknownHostException",
          "java.time.Duration",
          "java.lang.RuntimeException");

  static final ArchRule LAYERED = layered();

  static final ArchRule NO_CYCLES =
      slices()
          .matching("dev.sinew.(**)")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(alwaysTrue(), SEQUENCE_NUMBERS)
          .allowEmptyShould(true);

  static final ArchRule KNOWN_PACKAGES =
      classes()
          .should()
          .resideInAnyPackage(
              LAYERS.stream().map(layer -> "dev.sinew." + layer).toArray(String[]::new))
          .as("a package of core has a place among the layers")
          .allowEmptyShould(true);

  static final ArchRule NO_OUTSIDE_WORLD =
      noClasses()
          .should()
          .dependOnClassesThat(
              describe(
                  "know threads, locks, clocks, randomness, logs, files or sockets",
                  CoreRules::banned))
          .allowEmptyShould(true);

  static final ArchRule NO_HIDDEN_INPUTS =
      noClasses()
          .should()
          .callCodeUnitWhere(
              describe(
                  "it asks for the time, chance, an identity or the process's settings",
                  call -> {
                    CodeUnitCallTarget target = call.getTarget();
                    return BANNED_CALLS.contains(
                        target.getOwner().getName() + "." + target.getName());
                  }))
          .allowEmptyShould(true);

  static final ArchRule NO_PRINTING =
      noClasses()
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err")
          .orShould()
          .accessField(System.class, "in")
          .allowEmptyShould(true);

  static final ArchRule NO_SYNCHRONIZED_METHODS =
      methods().should().notHaveModifier(JavaModifier.SYNCHRONIZED).allowEmptyShould(true);

  static final ArchRule NO_VOLATILE_FIELDS =
      fields().should().notHaveModifier(JavaModifier.VOLATILE).allowEmptyShould(true);

  static final ArchRule NO_MUTABLE_STATICS =
      fields()
          .that(
              describe(
                  "are static", (JavaField f) -> f.getModifiers().contains(JavaModifier.STATIC)))
          .should()
          .beFinal()
          .andShould()
          .notHaveRawType(describe("hold state", CoreRules::holdsState))
          .andShould(new NoPublicArrays())
          .allowEmptyShould(true);

  static final Map<String, ArchRule> ALL =
      Map.ofEntries(
          Map.entry("layered", LAYERED),
          Map.entry("no cycles", NO_CYCLES),
          Map.entry("known packages", KNOWN_PACKAGES),
          Map.entry("no outside world", NO_OUTSIDE_WORLD),
          Map.entry("no hidden inputs", NO_HIDDEN_INPUTS),
          Map.entry("no printing", NO_PRINTING),
          Map.entry("no synchronized methods", NO_SYNCHRONIZED_METHODS),
          Map.entry("no volatile fields", NO_VOLATILE_FIELDS),
          Map.entry("no mutable statics", NO_MUTABLE_STATICS));

  private CoreRules() {}

  private static ArchRule layered() {
    LayeredArchitecture rule = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String layer : LAYERS) {
      rule = rule.optionalLayer(layer).definedBy("dev.sinew." + layer);
    }
    for (int i = 0; i < LAYERS.size(); i++) {
      String[] lower = LAYERS.subList(0, i).toArray(String[]::new);
      rule =
          i == 0
              ? rule.whereLayer(LAYERS.get(i)).mayNotAccessAnyLayer()
              : rule.whereLayer(LAYERS.get(i)).mayOnlyAccessLayers(lower);
    }
    return rule.ignoreDependency(alwaysTrue(), SEQUENCE_NUMBERS).allowEmptyShould(true);
  }

  private static boolean banned(JavaClass type) {
    String name = type.getBaseComponentType().getName();
    return BANNED_TYPES.stream().anyMatch(name::startsWith)
        && ALLOWED_TYPES.stream().noneMatch(name::startsWith);
  }

  /** Concrete collections and builders; an interface such as Map may well be a Map.of. */
  private static boolean holdsState(JavaClass type) {
    return !type.isInterface()
        && !type.isEnum()
        && (type.isAssignableTo(Collection.class)
            || type.isAssignableTo(Map.class)
            || type.isAssignableTo(StringBuilder.class)
            || type.isAssignableTo(ThreadLocal.class));
  }
}
