package dev.sinew.arch;

import com.sun.source.tree.ArrayAccessTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.CompoundAssignmentTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TypeCastTree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.lang.model.AnnotatedConstruct;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.TypeKind;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/**
 * Finds sequence numbers that are compared as plain numbers. A sequence number lives modulo 2^32
 * (RFC 9293 section 3.4), so {@code <}, {@code Math.min} and their like are wrong on it half of the
 * time; only {@code SeqNum} may order two of them.
 *
 * <p>A sequence number is a field, parameter, local variable or method result marked {@code @Seq};
 * also an element of an array so marked, such a number plus or minus a count, cast, or chosen by
 * {@code ?:}, and a local variable that one was put into. The difference of two is a distance,
 * which is an ordinary number. A field that a sequence number is put into has to be marked, because
 * the check does not follow it further.
 */
final class SeqCheck {
  private static final String SEQ = "dev.sinew.base.Seq";
  private static final String SEQ_NUM = "dev.sinew.base.SeqNum";

  private static final Set<String> ORDERING_METHODS =
      Set.of(
          "min",
          "max",
          "compare",
          "compareUnsigned",
          "clamp",
          "compareTo",
          "sort",
          "parallelSort",
          "binarySearch",
          "comparingInt",
          "comparingLong",
          "comparing");
  private static final Set<String> ORDERING_TYPES =
      Set.of(
          "java.lang.Math",
          "java.lang.StrictMath",
          "java.lang.Integer",
          "java.lang.Long",
          "java.util.Arrays",
          "java.util.Comparator");

  /** What a run found. */
  record Result(List<String> violations, List<String> compileErrors, int sequenceNumbers) {}

  private SeqCheck() {}

  static Result check(Iterable<? extends JavaFileObject> sources, List<String> options) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    JavacTask task = (JavacTask) compiler.getTask(null, null, diagnostics, options, null, sources);
    List<String> violations = new ArrayList<>();
    int found = 0;
    try {
      List<CompilationUnitTree> units = new ArrayList<>();
      task.parse().forEach(units::add);
      task.analyze();
      Trees trees = Trees.instance(task);
      for (CompilationUnitTree unit : units) {
        Scanner scanner = new Scanner(trees, unit, violations);
        scanner.scan(unit, null);
        found += scanner.seen.size();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> errors =
        diagnostics.getDiagnostics().stream()
            .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
            .map(d -> d.toString())
            .toList();
    return new Result(violations, errors, found);
  }

  private static boolean isMarked(AnnotatedConstruct construct) {
    return construct.getAnnotationMirrors().stream()
        .anyMatch(a ->
            ((TypeElement) a.getAnnotationType().asElement())
                .getQualifiedName()
                .contentEquals(SEQ));
  }

  private static final class Scanner extends TreePathScanner<Void, Void> {
    private final Trees trees;
    private final CompilationUnitTree unit;
    private final List<String> violations;

    /** Unmarked local variables that a sequence number was put into. */
    private final Set<Element> inferred = new HashSet<>();

    /** The marked elements of this file. */
    private final Set<Element> seen = new HashSet<>();

    Scanner(Trees trees, CompilationUnitTree unit, List<String> violations) {
      this.trees = trees;
      this.unit = unit;
      this.violations = violations;
    }

    @Override
    public Void visitClass(ClassTree node, Void unused) {
      return element(node) instanceof TypeElement type
              && type.getQualifiedName().contentEquals(SEQ_NUM)
          ? null
          : super.visitClass(node, unused);
    }

    @Override
    public Void visitMethod(MethodTree node, Void unused) {
      isMarkedElement(element(node));
      return super.visitMethod(node, unused);
    }

    @Override
    public Void visitVariable(VariableTree node, Void unused) {
      isMarkedElement(element(node));
      super.visitVariable(node, unused);
      if (node.getInitializer() != null && isSeq(node.getInitializer())) {
        put(element(node), node);
      }
      return null;
    }

    @Override
    public Void visitAssignment(AssignmentTree node, Void unused) {
      super.visitAssignment(node, unused);
      if (isSeq(node.getExpression())) {
        put(element(node.getVariable()), node);
      }
      return null;
    }

    @Override
    public Void visitBinary(BinaryTree node, Void unused) {
      super.visitBinary(node, unused);
      switch (node.getKind()) {
        case LESS_THAN, GREATER_THAN, LESS_THAN_EQUAL, GREATER_THAN_EQUAL -> {
          if (isSeq(node.getLeftOperand()) || isSeq(node.getRightOperand())) {
            report(node, "compared as a plain number");
          }
        }
        default -> {}
      }
      return null;
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree node, Void unused) {
      super.visitMethodInvocation(node, unused);
      if (element(node) instanceof ExecutableElement method && orders(method)) {
        boolean receiver =
            node.getMethodSelect() instanceof MemberSelectTree select
                && isSeq(select.getExpression());
        if (receiver || node.getArguments().stream().anyMatch(this::isSeqOrReference)) {
          report(node, "ordered as a plain number");
        }
      }
      return null;
    }

    private static boolean orders(ExecutableElement method) {
      return ORDERING_METHODS.contains(method.getSimpleName().toString())
          && method.getEnclosingElement() instanceof TypeElement owner
          && ORDERING_TYPES.contains(owner.getQualifiedName().toString());
    }

    private boolean isSeqOrReference(ExpressionTree tree) {
      return tree instanceof MemberReferenceTree reference
          ? isMarkedElement(element(reference))
          : isSeq(tree);
    }

    /** A sequence number goes into {@code target}. */
    private void put(Element target, Tree node) {
      if (target == null || isMarkedElement(target) || !isIntegral(target)) {
        return;
      }
      switch (target.getKind()) {
        case LOCAL_VARIABLE, BINDING_VARIABLE -> inferred.add(target);
        case FIELD -> report(node, "put into the field " + target + ", which is not marked @Seq");
        default -> {}
      }
    }

    private static boolean isIntegral(Element target) {
      TypeKind kind = target.asType().getKind();
      return kind == TypeKind.INT || kind == TypeKind.LONG;
    }

    private boolean isSeq(ExpressionTree tree) {
      return switch (tree) {
        case ParenthesizedTree t -> isSeq(t.getExpression());
        case TypeCastTree t -> isSeq(t.getExpression());
        case ConditionalExpressionTree t ->
            isSeq(t.getTrueExpression()) || isSeq(t.getFalseExpression());
        case AssignmentTree t -> isSeq(t.getVariable()) || isSeq(t.getExpression());
        case CompoundAssignmentTree t -> isSeq(t.getVariable());
        case UnaryTree t ->
            switch (t.getKind()) {
              case PREFIX_INCREMENT, PREFIX_DECREMENT, POSTFIX_INCREMENT, POSTFIX_DECREMENT ->
                  isSeq(t.getExpression());
              default -> false;
            };
        case BinaryTree t ->
            switch (t.getKind()) {
              case PLUS -> isSeq(t.getLeftOperand()) != isSeq(t.getRightOperand());
              case MINUS -> isSeq(t.getLeftOperand()) && !isSeq(t.getRightOperand());
              default -> false;
            };
        case ArrayAccessTree t -> isMarkedElement(element(t.getExpression()));
        case MethodInvocationTree t ->
            isMarkedElement(element(t))
                || (isWidening(element(t)) && isSeq(t.getArguments().getFirst()));
        case IdentifierTree t -> isNumber(element(t));
        case MemberSelectTree t -> isNumber(element(t));
        default -> false;
      };
    }

    private static boolean isWidening(Element method) {
      return method instanceof ExecutableElement m
          && (m.getSimpleName().contentEquals("toUnsignedLong")
              || m.getSimpleName().contentEquals("valueOf"))
          && m.getEnclosingElement() instanceof TypeElement owner
          && owner.getQualifiedName().contentEquals("java.lang.Integer");
    }

    /** A marked array is not itself a number. */
    private boolean isNumber(Element element) {
      return element != null
          && (inferred.contains(element)
              || (element.asType().getKind() != TypeKind.ARRAY && isMarkedElement(element)));
    }

    private boolean isMarkedElement(Element element) {
      if (element == null || element.getKind() == ElementKind.CONSTRUCTOR) {
        return false;
      }
      boolean marked =
          isMarked(element)
              || (element instanceof ExecutableElement method
                  ? isMarked(method.getReturnType())
                  : isMarked(element.asType()));
      if (marked) {
        seen.add(element);
      }
      return marked;
    }

    private Element element(Tree tree) {
      return trees.getElement(new TreePath(getCurrentPath(), tree));
    }

    private void report(Tree node, String what) {
      long position = trees.getSourcePositions().getStartPosition(unit, node);
      String name = unit.getSourceFile().getName();
      violations.add(
          "%s:%d: a sequence number is %s: %s"
              .formatted(
                  name.substring(name.lastIndexOf('/') + 1),
                  unit.getLineMap().getLineNumber(position),
                  what,
                  node));
    }
  }
}
