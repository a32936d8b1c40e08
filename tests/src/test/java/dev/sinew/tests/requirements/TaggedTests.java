package dev.sinew.tests.requirements;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import javax.lang.model.element.Modifier;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Finds the tags of test sources, and whether what carries them is a test that runs. */
final class TaggedTests {
  private static final Set<String> TESTS =
      Set.of("Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate", "SimTest");

  /** What surefire takes for a test class. */
  private static final String RUN = "Test\\w*|\\w*(Test|Tests|TestCase)";

  /** Tests that are left out where namespaces or devices can't be made. */
  private static final String NEEDS_ROOT = "(tests\\.kernel|linux)\\..*";

  private record Marked(List<String> tags, boolean test, boolean mayBeLeftOut) {}

  private record Method(String name, Marked marked) {}

  private record Type(
      String name,
      String simpleName,
      String outermost,
      String superName,
      boolean isAbstract,
      boolean mayBeLeftOut,
      List<String> tags,
      List<Method> methods) {}

  private final List<Type> types = new ArrayList<>();
  final List<Claim> claims = new ArrayList<>();
  final List<String> problems = new ArrayList<>();

  /** The sources, by path; the path only names them. */
  static TaggedTests of(Map<Path, String> sources) throws IOException {
    TaggedTests found = new TaggedTests();
    found.parse(sources);
    found.judge();
    return found;
  }

  private static final class Text extends SimpleJavaFileObject {
    private final String text;

    Text(Path path, String text) {
      super(URI.create("source:///" + path), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private void parse(Map<Path, String> sources) throws IOException {
    List<Text> files = new ArrayList<>();
    new TreeMap<>(sources).forEach((path, text) -> files.add(new Text(path, text)));
    if (files.isEmpty()) {
      return;
    }
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "no JDK");
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    JavacTask task =
        (JavacTask) compiler.getTask(null, null, diagnostics, List.of("-proc:none"), null, files);
    for (CompilationUnitTree unit : task.parse()) {
      String place = unit.getPackageName() == null ? "" : unit.getPackageName() + ".";
      String below = place.startsWith("dev.sinew.") ? place.substring(10) : place;
      for (Tree tree : unit.getTypeDecls()) {
        if (tree instanceof ClassTree type) {
          add(below, type, type.getSimpleName().toString(), false);
        }
      }
    }
    diagnostics.getDiagnostics().forEach(d -> problems.add(d.toString()));
  }

  private void add(String prefix, ClassTree tree, String outermost, boolean mayBeLeftOut) {
    String name = prefix + tree.getSimpleName();
    Marked marked = marked(name, tree.getModifiers());
    boolean leftOut = mayBeLeftOut || marked.mayBeLeftOut;
    List<Method> methods = new ArrayList<>();
    for (Tree member : tree.getMembers()) {
      if (member instanceof ClassTree inner) {
        add(name + ".", inner, outermost, leftOut);
      } else if (member instanceof MethodTree method) {
        String called = name + "#" + method.getName();
        methods.add(new Method(called, marked(called, method.getModifiers())));
      }
    }
    types.add(
        new Type(
            name,
            tree.getSimpleName().toString(),
            outermost,
            tree.getExtendsClause() == null ? "" : simpleName(tree.getExtendsClause()),
            tree.getModifiers().getFlags().contains(Modifier.ABSTRACT)
                || tree.getKind() != Tree.Kind.CLASS,
            leftOut,
            marked.tags,
            methods));
  }

  private Marked marked(String place, ModifiersTree modifiers) {
    List<String> tags = new ArrayList<>();
    boolean test = false;
    boolean mayBeLeftOut = false;
    for (AnnotationTree annotation : modifiers.getAnnotations()) {
      String kind = simpleName(annotation.getAnnotationType());
      test |= TESTS.contains(kind);
      mayBeLeftOut |= kind.startsWith("Disabled") || kind.startsWith("Enabled");
      if (kind.equals("Tag") || kind.equals("Tags")) {
        annotation.getArguments().forEach(a -> addTags(place, a, tags));
      }
    }
    return new Marked(tags, test, mayBeLeftOut);
  }

  private void addTags(String place, ExpressionTree value, List<String> tags) {
    switch (value) {
      case LiteralTree literal -> tags.add(String.valueOf(literal.getValue()));
      case AssignmentTree assignment -> addTags(place, assignment.getExpression(), tags);
      case AnnotationTree tag -> tag.getArguments().forEach(a -> addTags(place, a, tags));
      case NewArrayTree array -> array.getInitializers().forEach(a -> addTags(place, a, tags));
      default -> problems.add(place + ": the tag " + value + " is not written out as a text");
    }
  }

  /** The last name of a type, without its type arguments. */
  private static String simpleName(Tree type) {
    String name = type.toString();
    int arguments = name.indexOf('<');
    String raw = arguments < 0 ? name : name.substring(0, arguments);
    return raw.substring(raw.lastIndexOf('.') + 1);
  }

  private void judge() {
    for (Type type : types) {
      if (!type.tags.isEmpty() && !hasTests(type)) {
        problems.add(type.name + " carries " + type.tags + " but has no test");
      }
      claim(type.name, type.tags, runs(type));
      for (Method method : type.methods) {
        Marked marked = method.marked;
        if (!marked.tags.isEmpty() && !marked.test) {
          problems.add(method.name + " carries " + marked.tags + " but is no test");
        } else {
          claim(method.name, marked.tags, runs(type) && !marked.mayBeLeftOut);
        }
      }
    }
  }

  private void claim(String test, List<String> tags, boolean runs) {
    for (String tag : tags) {
      if (runs) {
        claims.add(new Claim(tag, test));
      } else {
        problems.add(test + " carries " + tag + " but does not run in every build");
      }
    }
  }

  private boolean hasTests(Type type) {
    return type.methods.stream().anyMatch(m -> m.marked.test)
        || types.stream()
            .anyMatch(other ->
                other != type && other.simpleName.equals(type.superName) && hasTests(other));
  }

  /** Itself, or through a class that extends it. */
  private boolean runs(Type type) {
    if (!type.isAbstract && !type.mayBeLeftOut && type.outermost.matches(RUN)) {
      return !type.name.matches(NEEDS_ROOT);
    }
    return types.stream()
        .anyMatch(other -> other != type && other.superName.equals(type.simpleName) && runs(other));
  }
}
