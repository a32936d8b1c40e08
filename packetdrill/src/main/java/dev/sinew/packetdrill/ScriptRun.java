package dev.sinew.packetdrill;

import dev.sinew.link.PacketSink;
import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.PacketSpec;
import dev.sinew.packetdrill.script.Place;
import dev.sinew.packetdrill.script.Script;
import dev.sinew.packetdrill.script.Script.Event;
import dev.sinew.packetdrill.script.TcpOption;
import dev.sinew.packetdrill.script.When;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpInfo;
import dev.sinew.wire.TcpHeader;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Plays one script against one machine, once. */
final class ScriptRun {
  private static final long S = 1_000_000_000L;

  /** How long one waits for a packet beyond its time, to say how late it is. */
  private static final long PATIENCE = 2 * S;

  private static final int REMEMBERED = 12;

  private final RunPlan plan;
  private final Script script;
  private final Machine machine;
  private final Numbering numbers;
  private final Flow flow;
  private final Calls calls;
  private final Injector injector;
  private final Expectation expectation;
  private final CodeRunner code = new CodeRunner();
  private final Shell shell;
  private final Sysctls sysctls;
  private final Deque<String> last = new ArrayDeque<>();

  /** When the event before ended: what relative times count from. */
  private long base;

  /** The event that is played. */
  private Event current;

  /** What was left over, in words; empty when nothing was. */
  private String note = "";

  /** The time that the script gave to the event before. */
  private long scriptTime;

  // ---- a call that waits
  private @Nullable Attempt waiting;
  private @Nullable Event waitingEvent;
  private long waitingUntil;
  private long waitingTolerance;
  private @Nullable StopException broken;

  ScriptRun(RunPlan plan, Script script, Shell shell, Sysctls sysctls, FileCalls files) {
    this.plan = plan;
    this.script = script;
    this.current = script.events().getFirst();
    this.shell = shell;
    Machine.Addresses addresses = Machine.Addresses.of(plan.v4());
    machine = new Machine(sysctls.profile(), sysctls.limits(), addresses, plan);
    numbers = new Numbering(plan.remoteShift(), plan.remoteTimestampShift());
    flow = new Flow(addresses.local().bytes(), addresses.remote().bytes());
    calls = new Calls(machine, addresses, flow, sysctls, files);
    injector = new Injector(machine, addresses, numbers, flow);
    expectation = new Expectation(numbers, plan);
    this.sysctls = sysctls;
    machine.watch(this::look);
  }

  /**
   * The stack's initial sequence number and timestamp clock, for a run that shall pass their wrap.
   */
  int liveIsn() {
    return numbers.liveLocalIsn();
  }

  void run() throws StopException {
    try {
      for (Event e : script.events()) {
        current = e;
        event(e);
      }
      finishCall();
      leftOver();
    } catch (Machine.RestlessException e) {
      throw StopException.failed(
          current.place(), e.getMessage() + ", at " + PacketWords.time(machine.now()));
    } catch (RuntimeException e) {
      throw new IllegalStateException("at " + base + " ns", e);
    } finally {
      machine.close();
    }
  }

  /** The last packets, one a line. */
  String history() {
    return String.join("\n", last);
  }

  // ---- time

  private long timeOf(When w) {
    return w.relative() ? base + w.startNanos() : w.startNanos();
  }

  private long tolerance(long at) {
    long share = (long) ((at - scriptTime) * plan.tolerancePercent() / 100);
    return Math.max(plan.toleranceNanos(), share);
  }

  private void advance(long to) throws StopException {
    machine.advanceTo(to);
    if (broken != null) {
      throw broken;
    }
  }

  private void event(Event e) throws StopException {
    When w = e.when();
    long at = timeOf(w);
    if (!w.relative() && at < scriptTime) {
      throw StopException.error(e.place(), "the time goes back: " + at / 1e9 + " s");
    }
    if (e.action() instanceof Action.Packet p && !p.inbound()) {
      expect(e, p.packet(), w, at);
      return;
    }
    if (!w.any()) {
      advance(Math.max(at, machine.now()));
    }
    long tolerance = tolerance(at);
    if (machine.now() > at + tolerance && !w.any()) {
      throw StopException.failed(
          e.place(),
          "at " + PacketWords.time(machine.now()) + ", expected at " + PacketWords.time(at));
    }
    switch (e.action()) {
      case Action.Packet p -> inject(p.packet());
      case Action.Call c -> call(e, c, at, tolerance);
      case Action.Shell s -> shell(e.place(), s);
      case Action.Code c -> code(e.place(), c);
    }
    scriptTime = w.any() ? machine.now() : at;
    base = machine.now();
  }

  // ---- packets

  private void inject(PacketSpec p) throws StopException {
    if (p.body() instanceof PacketSpec.Tcp t) {
      if ((t.flags() & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN && flow.isListening()) {
        flow.passive();
      }
    }
    injectOne(p);
    machine.settle();
    if (broken != null) {
      throw broken;
    }
  }

  private void injectOne(PacketSpec p) throws StopException {
    byte[] bytes = injector.build(p);
    remember(false, machine.now(), new LivePacket(bytes));
    boolean train =
        plan.mss() > 0 && p.body() instanceof PacketSpec.Tcp t && t.length() > plan.mss();
    machine.inject(bytes, train ? PacketSink.superSegment(plan.mss()) : 0);
  }

  private void remember(boolean outbound, long time, LivePacket p) {
    if (last.size() == REMEMBERED) {
      last.removeFirst();
    }
    last.addLast(PacketWords.time(time) + " " + PacketWords.of(outbound, p, numbers));
    plan.recording().packet(outbound, time, p);
  }

  private void expect(Event e, PacketSpec want, When w, long at) throws StopException {
    if (want.body() instanceof PacketSpec.Tcp t
        && t.options() != null
        && t.options().contains(new TcpOption.Md5("valid"))) {
      throw StopException.skipped(OptionBytes.MD5);
    }
    long tolerance = tolerance(at);
    long from = w.any() ? Long.MIN_VALUE : at - tolerance;
    long to = w.any() ? machine.now() + 1000 * S : at + (w.endNanos() - w.startNanos()) + tolerance;
    LivePacket p = next(w.any() ? to : to + PATIENCE, e, want);
    long time = arrived;
    p = join(want, p);
    learn(want, p);
    remember(true, time, p);
    String difference = expectation.difference(want, p);
    if (difference == null) {
      difference = payload(p);
    }
    if (difference == null && (time < from || time > to)) {
      difference =
          "sent at "
              + PacketWords.time(time)
              + ", expected at "
              + PacketWords.time(at)
              + (w.isRange() ? " to " + PacketWords.time(at + w.endNanos() - w.startNanos()) : "");
    }
    if (difference != null) {
      throw StopException.failed(
          e.place(),
          difference
              + "\n  expected: "
              + (w.any() ? "*" : PacketWords.time(at))
              + " "
              + want.text().replaceAll("\\s+", " ")
              + "\n  actual:   "
              + PacketWords.time(time)
              + " "
              + PacketWords.of(true, p, numbers));
    }
    scriptTime = w.any() ? time : at;
    base = Math.max(time, base);
  }

  private long arrived;

  /** The next packet of this connection. */
  private LivePacket next(long limit, Event e, PacketSpec want) throws StopException {
    while (true) {
      Machine.Sent sent = machine.next(limit);
      if (broken != null) {
        throw broken;
      }
      if (sent == null) {
        throw StopException.failed(
            e.place(), "no packet was sent\n  expected: " + want.text().replaceAll("\\s+", " "));
      }
      LivePacket p = new LivePacket(sent.bytes());
      boolean first =
          p.protocol == LivePacket.UDP
              || p.protocol == LivePacket.TCP && (p.flags & TcpHeader.SYN) != 0;
      if (first && flow.active()) {
        flow.sawLocalPort(p.sourcePort);
      }
      if (p.protocol == LivePacket.UDP) {
        flow.sawLocalPort(p.sourcePort);
      }
      boolean icmp = p.protocol == LivePacket.ICMP_V4 || p.protocol == LivePacket.ICMP_V6;
      if (icmp && !(want.body() instanceof PacketSpec.Icmp)) {
        continue; // The host's answer to what the script sent, not the connection's.
      }
      if (flow.owns(p) || want.sourcePort() >= 0) {
        arrived = sent.time();
        return p;
      }
      if (plan.strict()) {
        throw StopException.failed(
            e.place(),
            "a packet of another connection\n  expected: "
                + want.text().replaceAll("\\s+", " ")
                + "\n  actual:   "
                + PacketWords.time(sent.time())
                + " port "
                + p.sourcePort
                + " to "
                + p.destinationPort
                + " "
                + PacketWords.of(true, p, numbers));
      }
    }
  }

  /** Segments of one burst count as the larger segment that is expected. */
  private LivePacket join(PacketSpec want, LivePacket first) {
    if (!(want.body() instanceof PacketSpec.Tcp t) || !plan.joinSegments()) {
      return first;
    }
    LivePacket p = first;
    int size = p.dataLength();
    while (p.protocol == LivePacket.TCP && p.dataLength() < t.length() && size > 0) {
      Machine.Sent following = machine.peek();
      if (following == null) {
        break;
      }
      LivePacket q = new LivePacket(following.bytes());
      boolean fits =
          q.protocol == LivePacket.TCP
              && q.seq == p.seq + p.dataLength()
              && q.dataLength() > 0
              && q.dataLength() <= size
              && (p.flags & (TcpHeader.FIN | TcpHeader.SYN)) == 0
              && p.dataLength() + q.dataLength() <= t.length();
      if (!fits) {
        break;
      }
      machine.drop();
      arrived = following.time();
      p = Joined.of(p, q);
    }
    return p;
  }

  /** What a first packet tells of the connection. */
  private void learn(PacketSpec want, LivePacket p) {
    if (p.protocol != LivePacket.TCP || (p.flags & TcpHeader.RST) != 0) {
      return;
    }
    if ((p.flags & TcpHeader.SYN) == 0) {
      flow.synchronise();
      return;
    }
    if (want.body() instanceof PacketSpec.Tcp t && (t.flags() & TcpHeader.SYN) != 0) {
      // Once for each connection: a SYN that is sent again has the number of the first.
      if (!numbers.localKnown() || !flow.numbered()) {
        numbers.local(p.seq, t.seq());
        flow.number();
        expectation.newConnection();
      }
      if ((p.flags & TcpHeader.ACK) != 0) {
        flow.synchronise();
      }
    }
  }

  /** Whether each byte is the one that was written at its place. */
  private @Nullable String payload(LivePacket p) {
    if (p.protocol == LivePacket.UDP) {
      boolean same = Arrays.equals(p.data(), Payload.bytes(0, p.dataLength()));
      return same ? null : "the datagram has other bytes than were written";
    }
    if (p.protocol != LivePacket.TCP || p.dataLength() == 0) {
      return null;
    }
    boolean syn = (p.flags & TcpHeader.SYN) != 0;
    long position = (p.seq - numbers.liveLocalIsn() & 0xffff_ffffL) - (syn ? 0 : 1);
    byte[] data = p.data();
    for (int i = 0; i < data.length; i++) {
      if (data[i] != calls.written(position + i)) {
        return "byte " + (position + i) + " of the stream is not what was written";
      }
    }
    return null;
  }

  /**
   * Packets that nobody asked for, in the two retransmission timeouts behind the last event. A
   * script that asks for strictness has to leave nothing under way; any other is only told, as the
   * original never looks and its scripts end in the middle of things.
   */
  private void leftOver() throws StopException {
    TcpEndpoint e = calls.current();
    TcpInfo info = e == null ? null : e.info();
    long initial = sysctls.profile().initialRtoNanos();
    long until = machine.now() + 2 * (info == null ? initial : Math.max(initial, info.rtoNanos()));
    String first = "";
    int count = 0;
    for (Machine.Sent s = machine.next(until); s != null; s = machine.next(until)) {
      LivePacket p = new LivePacket(s.bytes());
      String words = PacketWords.time(s.time()) + " " + PacketWords.of(true, p, numbers);
      if (plan.strict()) {
        throw StopException.failed(
            script.events().getLast().place(),
            "a packet that is not expected, behind the last event\n  actual:   " + words);
      }
      remember(true, s.time(), p);
      first = count++ == 0 ? words : first;
    }
    if (count > 0) {
      note = (count == 1 ? "one packet" : count + " packets") + " left over, the first: " + first;
    }
  }

  /** What is to be said of a run that passed; empty when nothing. */
  String note() {
    return note;
  }

  // ---- calls

  private void call(Event e, Action.Call c, long at, long tolerance) throws StopException {
    finishCall();
    Attempt attempt = calls.begin(e.place(), c);
    CallResult r = attempt.go();
    if (r != null && c.blocksUntil() == null) {
      check(e.place(), c, r);
      machine.settle();
      return;
    }
    long until = c.blocksUntil() == null ? at : c.blocksUntil() - e.when().startNanos() + at;
    waitingEvent = e;
    waitingUntil = until;
    waitingTolerance = c.blocksUntil() == null ? tolerance : Math.max(tolerance, tolerance(until));
    if (r != null) {
      done(r);
      if (broken != null) {
        throw broken;
      }
      return;
    }
    waiting = attempt;
    machine.settle();
    if (c.blocksUntil() == null) {
      // Not said to block: it may take the tolerance.
      advance(at + tolerance);
      if (waiting != null) {
        throw StopException.failed(e.place(), c.name() + " did not return");
      }
    }
  }

  /** Something happened: does the call that waits return? */
  private void look() {
    calls.look();
    Attempt a = waiting;
    if (a == null || broken != null) {
      return;
    }
    try {
      CallResult r = a.go();
      if (r != null) {
        waiting = null;
        done(r);
      }
    } catch (StopException stop) {
      broken = stop;
    }
  }

  private void done(CallResult r) {
    Event e = waitingEvent;
    if (e == null || !(e.action() instanceof Action.Call c)) {
      return;
    }
    try {
      if (machine.now() < waitingUntil - waitingTolerance
          || machine.now() > waitingUntil + waitingTolerance) {
        throw StopException.failed(
            e.place(),
            c.name()
                + " returned at "
                + PacketWords.time(machine.now())
                + ", expected at "
                + PacketWords.time(waitingUntil));
      }
      check(e.place(), c, r);
    } catch (StopException stop) {
      broken = stop;
    }
  }

  /** A call that still waits must return before the next one begins. */
  private void finishCall() throws StopException {
    if (waiting != null) {
      advance(Math.max(machine.now(), waitingUntil + waitingTolerance));
      Event e = waitingEvent;
      if (waiting != null && e != null && e.action() instanceof Action.Call c) {
        throw StopException.failed(e.place(), c.name() + " did not return");
      }
    }
  }

  private void check(Place place, Action.Call c, CallResult r) throws StopException {
    if (c.result() instanceof dev.sinew.packetdrill.script.Expression.Ellipsis) {
      return;
    }
    long want = Values.integer(c.result());
    if (want == -1 && c.error() == null && r.error() != null) {
      return; // It fails; why the script does not say.
    }
    boolean same =
        r.value() == want
            && (c.error() != null
                ? r.error() != null && Errno.same(r.error(), c.error())
                : r.error() == null || want == -1);
    if (!same) {
      throw StopException.failed(
          place,
          c.name()
              + " returned "
              + r
              + ", expected "
              + want
              + (c.error() == null ? "" : " " + c.error()));
    }
  }

  // ---- commands and code

  private void shell(Place place, Action.Shell s) throws StopException {
    shell.run(place, s.text(), calls);
    machine.stack.setProfile(sysctls.profile());
    machine.settle();
  }

  private void code(Place place, Action.Code c) throws StopException {
    try {
      code.run(c.text(), n -> InfoNames.of(n, calls.current(), plan.freebsd()));
    } catch (CodeRunner.CodeException e) {
      throw e.assertion
          ? StopException.failed(place, String.valueOf(e.getMessage()))
          : StopException.error(place, String.valueOf(e.getMessage()));
    }
  }
}
