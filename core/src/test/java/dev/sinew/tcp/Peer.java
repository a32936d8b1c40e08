package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.link.LinkProperties;
import dev.sinew.observe.Observer;
import dev.sinew.stack.Stack;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestEntropy;
import dev.sinew.testing.TestLink;
import dev.sinew.testing.TestNetwork;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scripted peer of one stack under test, in virtual time. Tests read like packetdrill scripts:
 * {@link #in} hands the stack a segment, {@link #out} expects the next one that it sent, {@link
 * #outAfter} lets time pass until it does. Sequence numbers are relative to either side's ISN; data
 * is a pattern by position, so each byte of each segment is checked.
 */
final class Peer {
  static final long MS = 1_000_000L;
  static final long S = 1_000_000_000L;
  static final String SYN_OPTIONS = "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7";

  private record Sent(long time, byte[] packet) {}

  final TestNetwork network = new TestNetwork();
  final BufferPool pool;
  final Stack stack;
  final TestLink link;
  final boolean v4;
  final String stackAddress;
  final String peerAddress;
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();

  /** The peer's own ISN, and that of the stack once its SYN was seen. */
  int peerIss = 0x1000_0000;

  int stackIss;
  int peerPort = 4000;
  int stackPort = 80;

  /** Segments carry a timestamp of the peer's clock and echo the stack's last one. */
  boolean timestamps;

  /** The peer's timestamp clock: virtual milliseconds plus this. */
  int timestampBase = 1000;

  /** What {@code in} offers where the text says nothing. */
  int window = 65_535;

  long lastTsVal;

  @Nullable TcpListener listener;
  @Nullable TcpEndpoint endpoint;

  Peer() {
    this(true, Profile.STANDARD, Limits.DEFAULT);
  }

  Peer(Profile profile) {
    this(true, profile, Limits.DEFAULT);
  }

  Peer(boolean v4, Profile profile, Limits limits) {
    this(v4, profile, limits, new BufferPool(64L << 20), new Observer() {});
  }

  Peer(boolean v4, Profile profile, Limits limits, BufferPool pool, Observer observer) {
    this(v4, profile, limits, pool, observer, new TestLink("test", 1500));
  }

  /** Over a link that asks for one ACK per batch. */
  static Peer overBatchingLink() {
    return new Peer(
        true,
        Profile.STANDARD,
        Limits.DEFAULT,
        new BufferPool(64L << 20),
        new Observer() {},
        new TestLink(new LinkProperties("test", 1500, false, false, true, false)));
  }

  /** Over a link that cuts super-segments; they are seen uncut, as one long segment each. */
  static Peer overCuttingLink(Profile profile) {
    return new Peer(
        true,
        profile,
        Limits.DEFAULT,
        new BufferPool(64L << 20),
        new Observer() {},
        new TestLink(new LinkProperties("test", 1500, true, true, false, false)));
  }

  /** Over a link of another MTU than 1500. */
  static Peer withMtu(boolean v4, int mtu) {
    return new Peer(
        v4,
        Profile.STANDARD,
        Limits.DEFAULT,
        new BufferPool(64L << 20),
        new Observer() {},
        new TestLink("test", mtu));
  }

  private Peer(
      boolean v4,
      Profile profile,
      Limits limits,
      BufferPool pool,
      Observer observer,
      TestLink link) {
    this.link = link;
    this.v4 = v4;
    this.pool = pool;
    stackAddress = v4 ? "10.0.0.1" : "fd00::1";
    peerAddress = v4 ? "10.0.0.2" : "fd00::2";
    stack =
        Stack.builder()
            .entropy(new TestEntropy(7))
            .pool(pool)
            .profile(profile)
            .limits(limits)
            .observer(observer)
            .build();
    TestLink nowhere = new TestLink("nowhere", 1500);
    network.addInterface(stack, link, v4 ? "10.0.0.1/24" : "fd00::1/64");
    network.connect(link, nowhere);
    link.setLost(packet -> {
      sent.add(new Sent(network.now(), packet));
      link.sent().clear();
      return true;
    });
    network.runFor(S);
  }

  // ---- the profile and limits of a test, changed in one place

  /** The profile with values replaced by name. */
  static Profile profile(Profile base, Object... namesAndValues) {
    return base.with(v -> set(v, namesAndValues));
  }

  static Limits limits(Object... namesAndValues) {
    return Limits.DEFAULT.with(v -> set(v, namesAndValues));
  }

  private static void set(Object values, Object... namesAndValues) {
    try {
      for (int n = 0; n < namesAndValues.length; n += 2) {
        values.getClass().getField((String) namesAndValues[n]).set(values, namesAndValues[n + 1]);
      }
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  // ---- opening

  TcpListener listen() {
    return listen(0);
  }

  TcpListener listen(int backlog) {
    TcpListener l =
        stack.listen(v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, stackPort, backlog, true, false);
    assertThat(l).isNotNull();
    listener = l;
    return l;
  }

  /**
   * The stack accepted a connection from this peer: options as given in the SYN, {@link
   * #SYN_OPTIONS} for an ordinary one.
   */
  TcpEndpoint accept(String options) {
    if (listener == null) {
      listen();
    }
    timestamps = false;
    written = 0;
    read = 0;
    in("S 0:0(0) <" + options + ">");
    Seg synAck = next();
    assertThat(Seg.flagText(synAck.flags)).isEqualTo("S.");
    timestamps = options.contains("TS") && synAck.options != null && synAck.options.contains("TS");
    in(". 1:1(0) ack 1");
    TcpEndpoint e = listener.accept();
    assertThat(e).isNotNull();
    endpoint = e;
    assertThat(e.state()).isEqualTo(TcpState.ESTABLISHED);
    quiet();
    return e;
  }

  TcpEndpoint accept() {
    return accept(SYN_OPTIONS);
  }

  /** Without timestamps, SACK and scaling: sizes are those of the segments. */
  TcpEndpoint acceptPlain() {
    return accept("mss 1460");
  }

  /**
   * The stack begins to connect to this peer's port {@link #peerPort}; its SYN is not yet taken.
   */
  TcpEndpoint connect() {
    TcpEndpoint e = stack.tcp();
    endpoint = e;
    assertThat(TcpError.of(e.connect(Packets.address(peerAddress), peerPort)))
        .isEqualTo(TcpError.IN_PROGRESS);
    stackPort = e.localPort();
    pump();
    return e;
  }

  /** The stack connected to this peer, which answered with these options. */
  TcpEndpoint connected(String options) {
    TcpEndpoint e = connect();
    Seg syn = next();
    assertThat(Seg.flagText(syn.flags)).isEqualTo("S");
    in(
        "S. 0:0(0) ack 1 <"
            + options.replace("ecr 0", "ecr " + Math.max(0, syn.value("ecr") < 0 ? 0 : lastTsVal))
            + ">");
    timestamps = options.contains("TS");
    out(". 1:1(0) ack 1");
    assertThat(e.state()).isEqualTo(TcpState.ESTABLISHED);
    return e;
  }

  // ---- segments in

  Peer in(String text) {
    Seg s = Seg.parse(text);
    byte[] data = Pattern.peer(s.seq - (s.has(Seg.SYN) ? 0 : 1), s.length);
    return in(s, data);
  }

  /** With data of the test's choice. */
  Peer in(String text, byte[] data) {
    return in(Seg.parse(text), data);
  }

  private Peer in(Seg s, byte[] data) {
    network.inject(link, packet(s, data));
    return this;
  }

  /** As {@link #in}, but the stack sees it only together with the next one: a batch. */
  Peer inLater(String text) {
    Seg s = Seg.parse(text);
    link.inject(packet(s, Pattern.peer(s.seq - 1, s.length)));
    return this;
  }

  /** The bytes of a packet that the peer would send. */
  byte[] packet(String text) {
    Seg s = Seg.parse(text);
    return packet(s, Pattern.peer(s.seq - 1, s.length));
  }

  private byte[] packet(Seg s, byte[] data) {
    String options = s.options == null ? "" : s.options;
    if (timestamps && !options.contains("TS") && !options.contains("noTS") && !s.has(Seg.SYN)) {
      String ts = "nop,nop,TS val " + clock() + " ecr " + lastTsVal;
      options = options.isEmpty() ? ts : ts + "," + options;
    }
    options = options.replace("noTS", "");
    byte[] tcp =
        Packets.tcp(
            peerAddress,
            peerPort,
            stackAddress,
            stackPort,
            s.seq + peerIss,
            s.has(Seg.ACK) || s.hasAck ? s.ack + stackIss : 0,
            s.flags,
            s.window >= 0 ? s.window : window,
            Seg.encodeOptions(options, stackIss),
            data);
    if (s.urgent >= 0) {
      Packets.put16(tcp, 18, s.urgent);
      Packets.put16(tcp, 16, 0);
      Packets.put16(tcp, 16, Packets.transportChecksum(peerAddress, stackAddress, 6, tcp));
    }
    byte[] packet = Packets.ip(peerAddress, stackAddress, 6, tcp);
    return s.ecn > 0 ? Seg.mark(packet, s.ecn) : packet;
  }

  /** The peer's timestamp now. */
  int clock() {
    return timestampBase + (int) (network.now() / MS);
  }

  /** An ICMP error of the peer's network about a segment that the stack sent. */
  Peer icmp(int type, int code, int rest, int quotedSeq) {
    return icmp(type, code, rest, quotedSeq, 100);
  }

  /** The same about a segment of {@code quotedData} bytes. */
  Peer icmp(int type, int code, int rest, int quotedSeq, int quotedData) {
    byte[] tcp =
        Packets.tcp(
            stackAddress,
            stackPort,
            peerAddress,
            peerPort,
            quotedSeq + stackIss,
            0,
            Seg.ACK,
            0,
            new byte[0],
            new byte[quotedData]);
    // As much as fits a small packet; IP drops what is longer than the MTU.
    byte[] whole = Packets.ip(stackAddress, peerAddress, 6, tcp);
    byte[] quoted = Arrays.copyOf(whole, Math.min(whole.length, 576 - 28));
    network.inject(
        link,
        Packets.icmpPacket(v4 ? "10.0.0.3" : "fd00::3", stackAddress, type, code, rest, quoted));
    return this;
  }

  // ---- segments out

  /** The stack's next segment, sent already; the first SYN tells its ISN. */
  Seg next() {
    pump();
    Sent p = sent.poll();
    if (p == null) {
      throw new AssertionError("the stack has sent nothing at " + network.now() / 1e9 + " s");
    }
    byte[] t = Packets.payload(p.packet());
    if (Packets.protocol(p.packet()) != 6) {
      throw new AssertionError("not TCP: protocol " + Packets.protocol(p.packet()));
    }
    if ((Packets.u8(t, 13) & Seg.SYN) != 0) {
      stackIss = Packets.i32(t, 4);
      stackPort = Packets.u16(t, 0);
    }
    Seg s = Seg.decode(p.packet(), stackIss, peerIss);
    s.time = p.time();
    if (s.value("val") >= 0 || s.options != null && s.options.contains("TS val")) {
      lastTsVal = s.value("TS val");
    }
    checkData(s);
    return s;
  }

  private void checkData(Seg s) {
    byte[] expected = Pattern.stack(s.seq - (s.has(Seg.SYN) ? 0 : 1), s.length);
    if (!java.util.Arrays.equals(expected, s.data) && !rawData) {
      throw new AssertionError("payload of " + s + " differs from what was written");
    }
  }

  /** The application writes bytes of its own; payloads are not compared. */
  boolean rawData;

  /** Expects the next segment, sent already. */
  Seg out(String text) {
    Seg got = next();
    Seg want = Seg.parse(text);
    String mismatch = mismatch(want, got);
    if (mismatch != null) {
      throw new AssertionError(
          "expected "
              + text
              + "\n     got "
              + got
              + "\n  at "
              + got.time / 1e9
              + " s: "
              + mismatch);
    }
    return got;
  }

  private static @Nullable String mismatch(Seg want, Seg got) {
    if (want.flags != got.flags) {
      return "flags";
    }
    if (want.ecn >= 0 && want.ecn != got.ecn) {
      return "ECN field";
    }
    if (want.seq != got.seq || want.length != got.length) {
      return "sequence";
    }
    if (want.hasAck && want.ack != got.ack) {
      return "ack";
    }
    if (want.window >= 0 && want.window != got.window) {
      return "window";
    }
    if (want.urgent >= 0 && want.urgent != got.urgent) {
      return "urgent pointer";
    }
    String o = want.options;
    if (o != null) {
      String have = got.options == null ? "" : got.options;
      if (!o.equals(have)) {
        return "options";
      }
    }
    return null;
  }

  /** Nothing was sent. */
  Peer quiet() {
    pump();
    if (!sent.isEmpty()) {
      Sent p = sent.peek();
      throw new AssertionError(
          "not expected: "
              + Seg.decode(p.packet(), stackIss, peerIss)
              + " and "
              + (sent.size() - 1)
              + " more");
    }
    return this;
  }

  /** Nothing is sent until so much time has passed. */
  Peer quietFor(long nanos) {
    quiet();
    network.runFor(nanos);
    return quiet();
  }

  /** Nothing happens for {@code millis}, and then this segment goes out, to the microsecond. */
  Seg outAfter(double millis, String text) {
    quiet();
    long start = network.now();
    long due = start + Math.round(millis * MS);
    network.runUntil(() -> !sent.isEmpty(), Math.round(millis * MS) + 3600 * S);
    Seg got = out(text);
    if (Math.abs(got.time - due) > 1000) {
      throw new AssertionError(
          "expected "
              + text
              + " after "
              + millis
              + " ms, came after "
              + (got.time - start) / 1e6
              + " ms");
    }
    return got;
  }

  /** How many segments wait to be looked at. */
  int pending() {
    pump();
    return sent.size();
  }

  /** Forgets what was sent. */
  Peer discard() {
    pump();
    sent.clear();
    return this;
  }

  /** All segments that wait. */
  List<Seg> all() {
    List<Seg> list = new java.util.ArrayList<>();
    while (pending() > 0) {
      list.add(next());
    }
    return list;
  }

  Peer pump() {
    stack.tick(network.now());
    network.pump();
    return this;
  }

  Peer run(double millis) {
    network.runFor(Math.round(millis * MS));
    return this;
  }

  // ---- the application

  private int written;
  private int read;

  /** The application writes the next {@code n} bytes of its pattern. */
  Peer write(int n) {
    byte[] b = Pattern.stack(written, n);
    int got = app().write(b, 0, n);
    assertThat(got).as("bytes written").isEqualTo(n);
    written += n;
    return pump();
  }

  /** The application reads exactly {@code n} bytes, and they are the peer's. */
  Peer read(int n) {
    byte[] b = new byte[n];
    int got = 0;
    while (got < n) {
      int k = app().read(b, got, n - got);
      assertThat(k).as("read after %d bytes: %s", got, TcpError.of(k)).isPositive();
      got += k;
    }
    assertThat(b).isEqualTo(Pattern.peer(read, n));
    read += n;
    return pump();
  }

  /** A read gives this error now. */
  Peer readGives(TcpError error) {
    assertThat(TcpError.of(app().read(new byte[1], 0, 1))).isEqualTo(error);
    return this;
  }

  Peer writeGives(TcpError error) {
    assertThat(TcpError.of(app().write(new byte[1], 0, 1))).isEqualTo(error);
    return this;
  }

  Peer state(TcpState state) {
    assertThat(app().state()).isEqualTo(state);
    return this;
  }

  Peer close() {
    app().close();
    return pump();
  }

  Peer shutdown() {
    assertThat(app().shutdownOutput()).isZero();
    return pump();
  }

  TcpEndpoint app() {
    TcpEndpoint e = endpoint;
    if (e == null) {
      throw new AssertionError("no endpoint");
    }
    return e;
  }

  TcpInfo info() {
    TcpInfo i = app().info();
    if (i == null) {
      throw new AssertionError("no connection");
    }
    return i;
  }

  long count(Counter c) {
    return stack.counters().get(c);
  }

  /** Everything was given back: memory, records, timers (invariant I9). */
  Peer nothingLeft() {
    pump();
    assertThat(pool.usedBytes()).as("pool").isZero();
    int[] rows = {0};
    stack.forEachSocket(i -> {
      if (i.state() != TcpState.LISTEN) {
        rows[0]++;
      }
    });
    assertThat(rows[0]).as("records").isZero();
    return this;
  }
}
